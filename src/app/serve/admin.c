/* The pages of the admin address: /metrics and /healthz. */
#include "app/cli/cli.h"
#include "app/serve/house.h"
#include "app/web/web.h"

static struct web_limits limits_make(void)
{
    struct web_limits l = web_limits_usual;
    l.most = 64;
    l.most_of_peer = 32;
    l.head_most = 8192;
    return l;
}

static void page(struct web_exchange *x, unsigned status, const char *type, struct buf *body)
{
    web_answer(x, &(struct web_answer){.status = status,
                                       .type = type,
                                       .fields = STR("Cache-Control: no-store\r\n"),
                                       .body = buf_str(body)});
    buf_clear(body);
}

static void on_request(void *ctx, struct web_exchange *x)
{
    struct house *h = ctx;
    struct buf body = {.limit = 0};
    struct sink out = buf_sink(&body);
    bool metrics = str_eq(web_path(x), STR("/metrics"));
    if (!metrics && !str_eq(web_path(x), STR("/healthz"))) {
        web_refuse(x, 404, NULL);
    } else if (web_method(x) != HTTP_GET) {
        sink_z(&out, "405 Method Not Allowed\n");
        web_answer(x, &(struct web_answer){.status = 405,
                                           .type = "text/plain; charset=utf-8",
                                           .fields = STR("Allow: GET, HEAD\r\n"),
                                           .body = buf_str(&body)});
        buf_clear(&body);
    } else if (web_length(x) > 0) {
        web_refuse(x, 413, NULL);
    } else if (metrics) {
        house_metrics(h, &out);
        page(x, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
    } else {
        unsigned status = house_healthy(h, &out) ? 200 : 503;
        page(x, status, "text/plain; charset=utf-8", &body);
    }
}

bool house_open_admin(struct house *h)
{
    static const struct web_handler on = {.request = on_request};
    struct web_limits limits = limits_make();
    int fd = h->admin_fd;
    if (fd < 0) {
        return true;
    }
    enum err e = web_new(h->loop, &limits, &h->web);
    if (e == ERR_OK) {
        e = web_listen(h->web, fd, NULL, 0, &on, h);
    }
    if (e != ERR_OK) {
        cli_error("--admin: no memory");
        return false;
    }
    h->admin_fd = -1; /* the web's */
    return true;
}
