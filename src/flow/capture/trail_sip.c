/* SIP messages: read as those of a log are. */
#include <stdio.h>

#include "flow/capture/inside.h"

/* Which end is the phone: who registers, or is asked by its server. */
static struct host *phone_of(struct capture *c, const struct wire_at *at, struct str message,
                             bool request, bool *ret_sent)
{
    bool registers = str_starts(message, STR("REGISTER "));
    struct host *src = host_find(c, at->src.ip);
    struct host *dst = host_find(c, at->dst.ip);
    if (registers || (src && src->phone && !(dst && dst->phone))) {
        *ret_sent = true;
        return host_of(c, at->src.ip, at->has_mac ? &at->src_mac : NULL);
    }
    if (dst && dst->phone) {
        *ret_sent = false;
        return dst;
    }
    /* The capture began later: a well-known port is the server's. */
    bool to_server = at->dst.port == 5060 || at->dst.port == 5061;
    *ret_sent = to_server == request || (to_server && at->src.port != at->dst.port);
    return *ret_sent ? host_of(c, at->src.ip, at->has_mac ? &at->src_mac : NULL)
                     : host_of(c, at->dst.ip, NULL);
}

static struct str first_line(struct str message)
{
    struct str line = str_cut(&message, '\n');
    return str_trim(line);
}

void trail_sip(void *ctx, const struct wire_at *at, const struct wire_conn *conn,
               struct str message, bool from_client, bool decrypted)
{
    struct capture *c = ctx;
    char info[160];
    char port[STR_NUMBER];
    char ip[ADDR_TEXT];
    bool sent = from_client;
    bool request = !str_starts(message, STR("SIP/2.0 "));
    struct host *h = conn ? host_of(c, conn->client.ip, conn->has_mac ? &conn->client_mac : NULL)
                          : phone_of(c, at, message, request, &sent);
    c->now = at->time;
    if (!h) {
        return;
    }
    h->phone = true;
    struct endpoint server = sent ? at->dst : at->src;
    struct link *l = conn ? link_of(c, h, at, conn) : NULL;
    if (l) {
        l->purpose = LINK_EDGE;
        l->data[!from_client] = true;
    }
    if (sent && request) {
        edge_enter(c, h, at, server);
    }
    int n = snprintf(info, sizeof info, "SIP %.*s", STR_ARG(str_head(first_line(message), 140)));
    struct fact f;
    fact_init(&f, sent ? FACT_SIP_REQUEST : FACT_SIP_RESPONSE);
    fact_add(&f, FIELD_ADDRESS, addr_write(server.ip, ip));
    fact_add(&f, FIELD_PORT, str_number(port, server.port));
    fact_add(&f, FIELD_TRANSPORT, !conn ? STR("UDP") : decrypted ? STR("TLS") : STR("TCP"));
    f.tod = at->time;
    c->sip_host = h;
    c->sip_at = at;
    c->sip_info = str_of(info, n > 0 ? (size_t)n : 0);
    dissect_message(&c->sip, &f, message);
    c->sip_at = NULL;
}
