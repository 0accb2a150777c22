/* Phones that come by HTTP. */
#include "app/phones/inside.h"
#include "base/client.h"
#include "flow/activate/activate.h"

struct provision_request phones_request(struct web_exchange *x)
{
    struct stream *s = web_stream(x);
    return (struct provision_request){.way = stream_is_tls(s) ? PROVISION_HTTPS : PROVISION_HTTP,
                                      .peer = stream_peer(s),
                                      .client = stream_client(s),
                                      .head = web_head(x),
                                      .path = web_path(x),
                                      .query = web_query(x)};
}

/* One line for people who look. */
static struct str line_of(unsigned status)
{
    switch (status) {
    case 401:
        return STR("401 Unauthorized\n");
    case 404:
        return STR("404 Not Found\n");
    case 405:
        return STR("405 Method Not Allowed\n");
    case 429:
        return STR("429 Too Many Requests\n");
    case 503:
        return STR("503 Service Unavailable\n");
    }
    return STR("403 Forbidden\n");
}

void phones_reply_web(struct phones *p, struct web_exchange *x, const struct provision_case *c,
                      const struct prov_device *d)
{
    const struct provision_reply *r = &c->reply;
    struct web_answer a = {
        .status = r->status, .type = r->type, .etag = str_z(r->etag), .fields = str_z(r->fields)};
    if (r->status >= 400) {
        a.type = "text/plain; charset=utf-8";
        a.body = line_of(r->status);
        p->counts.refused++;
    } else {
        a.body = phones_body(p, c, d);
        p->counts.served++;
        if (r->body != BODY_NONE && !a.body.p) {
            web_refuse(x, 500, NULL);
            return;
        }
    }
    web_answer(x, &a);
}

static void on_request(void *ctx, struct web_exchange *x)
{
    struct phones *p = ctx;
    p->counts.requests++;
    if (phones_report(p, x)) {
        return;
    }
    struct waiter w = {.web = web_id(x),
                       .peer = stream_peer(web_stream(x)),
                       .activation = activate_path(web_path(x))};
    struct provision_request q = phones_request(x);
    phones_take(p, &w, &q, x);
}

static void on_body(void *ctx, struct web_exchange *x, struct str whole)
{
    phones_report_body(ctx, x, whole);
}

static void on_piece(void *ctx, struct web_exchange *x, struct str bytes)
{
    phones_report_piece(ctx, x, bytes);
}

static void on_end(void *ctx, struct web_exchange *x)
{
    phones_report_end(ctx, x);
}

static void on_gone(void *ctx, struct web_exchange *x)
{
    phones_report_gone(ctx, x);
}

static void on_unshaken(void *ctx, struct stream *s, const char *reason, const char *text)
{
    struct phones *p = ctx;
    provision_unshaken(p->policy, stream_peer(s), reason, text, loop_date(p->cfg.loop));
    phones_tell(p);
}

const struct web_handler phones_handler = {
    .request = on_request,
    .body = on_body,
    .piece = on_piece,
    .end = on_end,
    .gone = on_gone,
    .unshaken = on_unshaken,
};
