/* Downloads: a name that is asked for, a connection, a request, an answer; and TFTP. */
#include <stdio.h>

#include "flow/capture/inside.h"
#include "proto/http/http.h"
#include "proto/tftp/tftp.h"

void fetch_result(struct capture *c, struct host *h, const struct wire_at *at, const char *code)
{
    struct fact f;
    struct wire_at silent = *at;
    silent.frame = 0; /* concluded, not seen */
    fact_init(&f, FACT_FETCH_RESULT);
    fact_add(&f, FIELD_CODE, str_z(code));
    host_tell(c, h, &silent, &f, str_of(NULL, 0));
}

static void unresolved(struct capture *c, struct host *h, const struct wire_at *at)
{
    struct fact f;
    fact_init(&f, FACT_FETCH_NORESOLVE);
    fact_add(&f, FIELD_HOST, h->fetch.host);
    struct wire_at silent = *at;
    silent.frame = 0;
    host_tell(c, h, &silent, &f, str_of(NULL, 0));
    fetch_result(c, h, at, "6");
}

void fetch_settle(struct capture *c, struct host *h, const struct wire_at *at)
{
    struct fetching *f = &h->fetch;
    if (!f->open) {
        return;
    }
    f->open = false;
    if (f->tftp) {
        if (!f->ended && !f->connected && at->time - f->began.time >= SILENCE) {
            struct fact t;
            fact_init(&t, FACT_TFTP_TIMEOUT);
            fact_add(&t, FIELD_TEXT, STR("no answer to the read request"));
            host_tell(c, h, &f->last, &t, STR("TFTP read request, no answer"));
            fetch_result(c, h, at, "28");
        }
        return;
    }
    if (f->resolved || f->connected || !f->asked) {
        return;
    }
    if (f->negative) {
        unresolved(c, h, &f->last);
    } else if (at->time - f->began.time >= SILENCE) {
        struct wire_at end = f->last; /* a resolver's time-out behind the last question */
        usec_t most = end.time + 5 * USEC_S;
        end.time = at->time < most ? at->time : most;
        unresolved(c, h, &end);
    }
}

void fetch_want(struct capture *c, struct host *h, const struct wire_at *at, struct str host,
                struct str url, struct str info)
{
    char text[300];
    struct fetching *f = &h->fetch;
    bool same = f->open && !f->ended && str_ieq(f->host, host) &&
                at->time - f->last.time < (f->resolved ? 60 * USEC_S : AGAIN);
    if (same && !url.len) {
        f->asked++;
        f->last = *at;
        return;
    }
    if (!same) {
        fetch_settle(c, h, at);
        h->selecting = false;
        *f = (struct fetching){.open = true, .began = *at};
        f->host = arena_str(&c->arena, host);
        f->resolved = url.len != 0;
    }
    f->asked += url.len == 0;
    f->last = *at;
    if (url.len == 0) {
        int n = snprintf(text, sizeof text, "https://%.*s/", STR_ARG(str_head(host, 250)));
        url = str_of(text, n > 0 ? (size_t)n : 0);
    }
    struct fact s;
    fact_init(&s, FACT_FETCH_START);
    fact_add(&s, FIELD_URL, url);
    host_tell(c, h, at, &s, info);
}

static void request(struct capture *c, struct host *h, const struct wire_at *at,
                    const struct link *l, const struct http_head *m, bool decrypted,
                    struct str info)
{
    char url[400];
    struct str host = http_value(m, HTTP_HOST);
    struct fact f;
    int n = snprintf(url, sizeof url, "%s://%.*s%.*s", decrypted ? "https" : "http",
                     STR_ARG(str_head(host.len ? host : l->host, 120)),
                     STR_ARG(str_head(m->target, 250)));
    struct str name = host;
    size_t colon = str_chr(name, ':');
    name = str_head(name, colon == STR_NPOS ? name.len : colon);
    fetch_want(c, h, at, name.len ? name : l->host, str_of(url, n > 0 ? (size_t)n : 0), info);
    h->fetch.connected = true;
    fact_init(&f, FACT_HTTP_REQUEST);
    fact_add(&f, FIELD_METHOD, m->method);
    fact_add(&f, FIELD_PATH, m->target);
    host_tell(c, h, at, &f, info);
    trail_identity(c, h, at, &f, info);
    struct str agent = http_value(m, HTTP_USER_AGENT);
    if (agent.len) {
        trail_agent(c, h, at, agent, info);
    }
}

static void answer(struct capture *c, struct host *h, const struct wire_at *at,
                   const struct http_head *m, struct str info)
{
    char status[STR_NUMBER];
    struct fact f;
    fact_init(&f, FACT_HTTP_STATUS);
    fact_add(&f, FIELD_STATUS, str_number(status, m->status));
    fact_add(&f, FIELD_REASON, m->reason);
    host_tell(c, h, at, &f, info);
    bool empty = m->framing == HTTP_LENGTH && m->length == 0;
    if (m->status == 200 && str_istarts(h->fetch.host, STR("activate."))) {
        /* The body is the profile rule; a phone that is not known gets none. */
        fact_init(&f, empty ? FACT_HTTP_HEADER : FACT_PROV_RULE);
        if (empty) {
            fact_add(&f, FIELD_KEY, STR("content-length"));
            fact_add(&f, FIELD_VALUE, STR("0"));
        }
        host_tell(c, h, at, &f, info);
    }
    struct str type = http_value(m, HTTP_CONTENT_TYPE);
    if (type.len) {
        fact_init(&f, FACT_HTTP_HEADER);
        fact_add(&f, FIELD_KEY, STR("content-type"));
        fact_add(&f, FIELD_VALUE, type);
        host_tell(c, h, at, &f, info);
    }
}

void trail_http(void *ctx, const struct wire_at *at, const struct wire_conn *conn, bool from_client,
                const struct http_head *m, bool decrypted)
{
    struct capture *c = ctx;
    char info[240];
    struct host *h = host_of(c, conn->client.ip, conn->has_mac ? &conn->client_mac : NULL);
    struct link *l = h ? link_of(c, h, at, conn) : NULL;
    c->now = at->time;
    if (!l) {
        return;
    }
    l->purpose = LINK_FETCH;
    l->data[!from_client] = true;
    int n = m->request ? snprintf(info, sizeof info, "HTTP %.*s %.*s", STR_ARG(m->method),
                                  STR_ARG(str_head(m->target, 180)))
                       : snprintf(info, sizeof info, "HTTP %u %.*s", m->status,
                                  STR_ARG(str_head(m->reason, 80)));
    struct str line = str_of(info, n > 0 ? (size_t)n : 0);
    if (m->request && from_client) {
        request(c, h, at, l, m, decrypted, line);
    } else if (!m->request && !from_client) {
        answer(c, h, at, m, line);
    }
}

/* -- TFTP */

static void tftp_request(struct capture *c, struct host *h, const struct wire_at *at,
                         const struct tftp_message *m)
{
    char url[300];
    char ip[ADDR_TEXT];
    char info[240];
    struct fetching *f = &h->fetch;
    int n = snprintf(url, sizeof url, "tftp://%.*s/%.*s", STR_ARG(addr_write(at->dst.ip, ip)),
                     STR_ARG(str_head(m->file, 200)));
    struct str text = str_of(url, n > 0 ? (size_t)n : 0);
    h->phone = true;
    if (f->open && f->tftp && !f->ended && addr_eq(f->server.ip, at->dst.ip) &&
        at->time - f->last.time < AGAIN) {
        f->tries++; /* sent again, or the next name after an error */
        f->last = *at;
        return;
    }
    n = snprintf(info, sizeof info, "TFTP read %.*s", STR_ARG(str_head(m->file, 200)));
    fetch_want(c, h, at, str_z(ip), text, str_of(info, n > 0 ? (size_t)n : 0));
    f->tftp = true;
    f->block = TFTP_BLOCK;
    f->server = at->dst;
}

static void tftp_answer(struct capture *c, struct host *h, const struct wire_at *at,
                        const struct tftp_message *m)
{
    struct fetching *f = &h->fetch;
    struct fact t;
    if (!f->open || !f->tftp || f->ended || !addr_eq(f->server.ip, at->src.ip)) {
        return;
    }
    f->last = *at;
    if (m->op == TFTP_ERROR) {
        f->ended = true;
        fact_init(&t, FACT_TFTP_ERROR);
        fact_add(&t, FIELD_ERROR, m->error.len ? m->error : str_z(tftp_error_text(m->code)));
        host_tell(c, h, at, &t, STR("TFTP error"));
        fetch_result(c, h, at, "68"); /* as libcurl: not found on the server */
        return;
    }
    uint64_t size = 0;
    if (m->op == TFTP_OACK && tftp_option(m, STR("blksize"), &size)) {
        f->block = (size_t)size;
    }
    f->connected = true;
    if (m->op == TFTP_DATA && m->data.len < f->block) {
        f->ended = true;
        fact_init(&t, FACT_RESYNC_OK);
        host_tell(c, h, at, &t, STR("TFTP data, the last block"));
    }
}

void trail_tftp(void *ctx, const struct wire_at *at, const struct tftp_message *m)
{
    struct capture *c = ctx;
    c->now = at->time;
    if (m->op == TFTP_RRQ) {
        struct host *h = host_of(c, at->src.ip, at->has_mac ? &at->src_mac : NULL);
        if (h) {
            tftp_request(c, h, at, m);
        }
        return;
    }
    struct host *h = host_find(c, at->dst.ip);
    if (h) {
        tftp_answer(c, h, at, m);
    }
}
