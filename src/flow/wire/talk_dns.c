/* DNS over TCP (RFC 1035 4.2.2). */
#include "flow/wire/inside.h"
#include "proto/dns/dns.h"

size_t talk_dns(struct wire *w, struct conn *c, struct talks *t, unsigned side, struct str bytes)
{
    struct str rest = bytes;
    struct str message;
    struct dns_message m;
    struct err_at at;
    (void)c;
    (void)t;
    (void)side;
    if (dns_frame_next(&rest, &message) != ERR_OK) {
        return 0;
    }
    if (dns_read(message, &m, &at) != ERR_OK) {
        w->count.malformed++;
    } else if (w->v.dns) {
        w->v.dns(w->v.ctx, &w->at, &m, true);
    }
    return bytes.len - rest.len;
}
