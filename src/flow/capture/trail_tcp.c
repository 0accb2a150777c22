/* Connections: what each was opened for, whether it stood, how it ended. */
#include <stdio.h>

#include "flow/capture/inside.h"
#include "flow/wire/wire.h"

static struct link *find(struct host *h, uint32_t id)
{
    unsigned n = h->n_links < LINKS_MOST ? h->n_links : LINKS_MOST;
    for (unsigned i = 0; i < n; i++) {
        if (h->link[i].id == id) {
            return &h->link[i];
        }
    }
    return NULL;
}

static bool is_edge_port(uint16_t port)
{
    return port == 5060 || port == 5061 || port == 8934;
}

static bool is_web_port(uint16_t port)
{
    return port == 443 || port == 80 || port == 8080 || port == 8443 || port == 6970;
}

static enum purpose purpose_of(const struct host *h, const struct wire_conn *conn, struct str name)
{
    if (name_role(h, name) != NAME_OTHER || is_edge_port(conn->server.port)) {
        return LINK_EDGE;
    }
    bool wanted = h->fetch.open && name.len && str_ieq(name, h->fetch.host);
    return wanted || is_web_port(conn->server.port) ? LINK_FETCH : LINK_UNKNOWN;
}

struct link *link_of(struct capture *c, struct host *h, const struct wire_at *at,
                     const struct wire_conn *conn)
{
    struct link *l = find(h, conn->id);
    if (l) {
        return l;
    }
    l = &h->link[h->n_links++ % LINKS_MOST];
    if (l->id) {
        link_settle(c, h, l, at);
    }
    struct str name = name_of(h, conn->server.ip);
    *l = (struct link){.id = conn->id,
                       .host = name,
                       .server = conn->server,
                       .purpose = purpose_of(h, conn, name),
                       .began = conn->began};
    return l;
}

void link_facts(const struct link *l, struct fact *f, char port[STR_NUMBER], char ip[ADDR_TEXT])
{
    struct str server = addr_write(l->server.ip, ip);
    fact_add(f, FIELD_HOST, l->host.len ? l->host : server);
    if (fact_carries(f->kind, FIELD_SERVER)) {
        fact_add(f, FIELD_SERVER, server);
    }
    if (fact_carries(f->kind, FIELD_PORT)) {
        fact_add(f, FIELD_PORT, str_number(port, l->server.port));
    }
}

void edge_enter(struct capture *c, struct host *h, const struct wire_at *at, struct endpoint to)
{
    char port[STR_NUMBER];
    char ip[ADDR_TEXT];
    struct fact f;
    struct str name = name_of(h, to.ip);
    if (h->entered && addr_eq(h->edge, to.ip)) {
        return;
    }
    fetch_settle(c, h, at);
    if (!h->selecting) { /* the address is set in the phone, or was known from before */
        fact_init(&f, FACT_SRV_START);
        fact_add(&f, FIELD_HOST, name.len ? name : addr_write(to.ip, ip));
        host_tell(c, h, at, &f, STR("to the SIP server"));
    }
    h->selecting = true;
    h->entered = true;
    h->edge = to.ip;
    if (name_role(h, name) == NAME_TARGET) {
        fact_init(&f, FACT_SRV_REFRESH);
        fact_add(&f, FIELD_HOST, name);
        host_tell(c, h, at, &f, STR("to the SIP server"));
        fact_init(&f, FACT_SRV_REFRESHED);
        fact_add(&f, FIELD_HOST, name);
        host_tell(c, h, at, &f, STR("to the SIP server"));
    }
    fact_init(&f, FACT_SRV_ENTRY);
    fact_add(&f, FIELD_ADDRESS, addr_write(to.ip, ip));
    fact_add(&f, FIELD_PORT, str_number(port, to.port));
    fact_add(&f, FIELD_STATE, STR("up"));
    host_tell(c, h, at, &f, STR("to the SIP server"));
}

static void opened(struct capture *c, struct host *h, const struct wire_at *at, struct link *l)
{
    char url[300];
    char to[ENDPOINT_TEXT];
    if (l->purpose == LINK_EDGE) {
        h->phone = true;
        edge_enter(c, h, at, l->server);
    } else if (l->purpose == LINK_FETCH) {
        struct str ip = endpoint_write(l->server, to);
        bool named = l->host.len != 0;
        if (h->fetch.open && named && str_ieq(h->fetch.host, l->host)) {
            h->fetch.connected = true;
            h->fetch.last = *at;
            return;
        }
        int n = snprintf(url, sizeof url, "%s://%.*s/", l->server.port == 80 ? "http" : "https",
                         STR_ARG(str_head(named ? l->host : ip, 250)));
        fetch_want(c, h, at, named ? l->host : ip, str_of(url, n > 0 ? (size_t)n : 0),
                   STR("TCP connect"));
        h->fetch.connected = true;
    }
}

static void failed(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                   enum fact_kind kind, struct str text, const char *code)
{
    char port[STR_NUMBER];
    char ip[ADDR_TEXT];
    struct fact f;
    if (l->failed || l->purpose == LINK_OTHER || l->purpose == LINK_UNKNOWN) {
        return;
    }
    l->failed = true;
    fact_init(&f, kind);
    link_facts(l, &f, port, ip);
    if (fact_carries(kind, FIELD_TEXT)) {
        fact_add(&f, FIELD_TEXT, text);
    }
    if (kind == FACT_TLS_RESET && l->data[0] && l->data[1]) {
        fact_add(&f, FIELD_STATE, STR("used")); /* both sides had spoken */
    }
    host_tell(c, h, at, &f, text);
    if (l->purpose == LINK_FETCH) {
        fetch_result(c, h, at, code);
    }
}

static void unanswered(struct capture *c, struct host *h, const struct wire_at *at,
                       const struct wire_conn *conn, struct link *l)
{
    char info[120];
    usec_t waited = at->time - conn->began;
    if (waited < SILENCE || l->icmp) {
        return; /* the capture ends too early to tell, or a router told more */
    }
    struct wire_at first = {.frame = conn->first_frame,
                            .time = conn->began,
                            .src = conn->client,
                            .dst = conn->server,
                            .proto = 6};
    int n = snprintf(info, sizeof info, "TCP SYN sent %u times in %d s, no answer", conn->syns,
                     (int)(waited / USEC_S));
    failed(c, h, &first, l, FACT_CONNECT_TIMEOUT, str_of(info, n > 0 ? (size_t)n : 0), "28");
}

static void stood(struct capture *c, struct host *h, const struct wire_at *at,
                  const struct wire_conn *conn, struct link *l)
{
    char port[STR_NUMBER];
    char ip[ADDR_TEXT];
    char ms[STR_NUMBER];
    struct fact f;
    if (l->purpose == LINK_UNKNOWN) {
        return;
    }
    fact_init(&f, FACT_CONNECT_UP);
    link_facts(l, &f, port, ip);
    fact_add(&f, FIELD_TRANSPORT, STR("tcp"));
    if (conn->began != USEC_NONE && at->time >= conn->began) {
        fact_add(&f, FIELD_MS, str_number(ms, (at->time - conn->began) / USEC_MS));
    }
    host_tell(c, h, at, &f, STR("TCP connected"));
}

static void reset(struct capture *c, struct host *h, const struct wire_at *at, struct link *l,
                  bool from_client)
{
    if (from_client || l->purpose == LINK_UNKNOWN) {
        return;
    }
    if (l->hello && !l->up) {
        failed(c, h, at, l, FACT_TLS_RESET,
               STR("TCP reset by the server's side within the TLS handshake"), "35");
    } else if (l->purpose == LINK_EDGE && (l->up || l->data[1])) {
        failed(c, h, at, l, FACT_TLS_RESET, STR("TCP reset by the server's side"), "56");
    }
}

void trail_tcp(void *ctx, const struct wire_at *at, const struct wire_conn *conn, enum wire_tcp e,
               bool from_client)
{
    struct capture *c = ctx;
    c->now = at->time;
    struct host *h = host_of(c, conn->client.ip, conn->has_mac ? &conn->client_mac : NULL);
    struct link *l = h ? link_of(c, h, at, conn) : NULL;
    if (!l) {
        return;
    }
    switch (e) {
    case WIRE_TCP_SYN:
        opened(c, h, at, l);
        break;
    case WIRE_TCP_UP:
        stood(c, h, at, conn, l);
        break;
    case WIRE_TCP_REFUSED:
        failed(c, h, at, l, FACT_CONNECT_REFUSED, STR("TCP reset in answer to SYN"), "7");
        break;
    case WIRE_TCP_UNANSWERED:
        unanswered(c, h, at, conn, l);
        break;
    case WIRE_TCP_RESET:
        reset(c, h, at, l, from_client);
        break;
    case WIRE_TCP_FIN:
        l->closed_by_client = l->closed ? l->closed_by_client : from_client;
        l->closed = true;
        link_settle(c, h, l, at);
        break;
    case WIRE_TCP_SILENT:
        if (l->hello && !l->answered && at->time - l->hello_at >= SILENCE) {
            failed(c, h, at, l, FACT_TLS_SILENT, STR("TLS hello, no answer"), "28");
        }
        break;
    case WIRE_TCP_SYN_AGAIN:
        break;
    }
}
