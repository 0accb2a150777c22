/* A request and what its client says, from outside: packets stay in their room and are not more than the client's, and it ends. The input is
 * a request, then packets of four bytes; one of zeros lets time go on. */
#include <stdlib.h>

#include "flow/tftp/tftp_send.h"

enum { SIZE = 3000, BLOCK = 64 };

static const struct tftp_send_cfg cfg = {
    .blksize = BLOCK, .window = 4, .wrap = 0, .timeout = USEC_S, .tries = 3, .whole = 100 * USEC_S};

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void drain(struct tftp_send *t, usec_t now)
{
    static const char file[SIZE];
    char room[4 + TFTP_BLOCK];
    size_t len;
    for (unsigned n = 0; tftp_send_next(t, str_of(file, SIZE), room, sizeof room, now, &len); n++) {
        must(n <= cfg.window && len <= 4 + t->blksize + TFTP_SEND_OACK && len <= sizeof room);
        must(t->next <= t->last + 1 && t->next <= t->acked + t->window + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct str text = str_of((const char *)data, len);
    struct str first = str_head(text, len < 64 ? len : 64);
    struct tftp_message rrq;
    struct err_at at;
    if (tftp_read(first, &rrq, &at) != ERR_OK || rrq.op != TFTP_RRQ) {
        return 0;
    }
    struct tftp_send t;
    usec_t now = 0;
    tftp_send_init(&t, &cfg, &rrq, SIZE, now);
    drain(&t, now);
    for (text = str_from(text, first.len); text.len >= 4; text = str_from(text, 4)) {
        if (text.p[1] == 0) {
            now += USEC_S;
            tftp_send_on_time(&t, now);
        }
        tftp_send_on(&t, str_head(text, 4), now);
        drain(&t, now);
    }
    for (unsigned i = 0; !t.over; i++) {
        must(i < 1000);
        now = tftp_send_deadline(&t);
        tftp_send_on_time(&t, now);
        drain(&t, now);
    }
    return 0;
}
