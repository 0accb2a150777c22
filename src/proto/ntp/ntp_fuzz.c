/* Packets of the time protocol: what was read is written as it was, and its times are of one era. */
#include <stdlib.h>

#include "proto/ntp/ntp.h"

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void date_check(usec_t t)
{
    must(t == USEC_NONE || (t > -2 * 366 * USEC_DAY && t < 49100 * USEC_DAY));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ntp_message m;
    struct ntp_message r;
    struct err_at at = {0};
    uint8_t bytes[NTP_HEADER];
    char text[NTP_REFID_TEXT];
    enum err e = ntp_read(str_of((const char *)data, len), &m, &at);
    if (e != ERR_OK) {
        must(e == ERR_MORE ? len < NTP_HEADER : e == ERR_MALFORMED && at.what != NULL);
        return 0;
    }
    date_check(m.reference);
    date_check(m.origin);
    date_check(m.receive);
    date_check(m.transmit);
    must(ntp_refid(&m, text).len < NTP_REFID_TEXT);
    (void)ntp_kiss(&m);
    if (len < NTP_HEADER) {
        return 0;
    }
    ntp_write(&m, bytes);
    must(bytes[0] == data[0]);
    must(ntp_read(str_of((const char *)bytes, sizeof bytes), &r, &at) == ERR_OK);
    must(r.transmit_raw == m.transmit_raw && r.origin_raw == m.origin_raw);
    must(r.receive == m.receive && r.reference == m.reference);
    must(ntp_check(&r, m.origin_raw) == ntp_check(&m, m.origin_raw));
    return 0;
}
