/* libcurl's multi interface, driven by the loop. */
#include "io/transfer/transfer.h"

#include <stdlib.h>

#include "io/transfer/inside.h"

enum { KEPT = 16 /* connections that a cache may hold: none is used again */ };

struct transfers {
    struct loop *loop;
    struct loop_timer *timer;
    CURLM *multi;
};

/* A socket of the library's. */
struct socket {
    struct transfers *all;
    curl_socket_t fd;
    struct loop_watch *watch;
};

/* -- the ends */

static struct str header(CURL *curl, const char *name)
{
    struct curl_header *h = NULL;
    return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? str_z(h->value)
                                                                              : STR("");
}

static void transfer_free(struct transfer *t)
{
    if (t->curl) {
        (void)curl_multi_remove_handle(t->all->multi, t->curl);
        curl_easy_cleanup(t->curl);
    }
    curl_slist_free_all(t->head);
    curl_slist_free_all(t->connect);
    curl_mime_free(t->form);
    pki_free(t->identity);
    buf_clear(&t->received);
    buf_clear(&t->body);
    free(t);
}

static void finished(struct transfer *t, CURLcode code)
{
    long status = 0;
    struct transfer_answer a = {.code = (int)code, .body = buf_str(&t->body)};
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
        a.status = t->tftp ? 200 : (unsigned)status;
        a.content_encoding = t->tftp ? STR("") : header(t->curl, "Content-Encoding");
        a.location = t->tftp ? STR("") : header(t->curl, "Location");
        a.etag = t->tftp ? STR("") : header(t->curl, "ETag");
    } else {
        a.text = str_z(t->text[0] ? t->text : curl_easy_strerror(code));
    }
    t->on->done(t->ctx, &a);
    transfer_free(t);
}

static void look(struct transfers *all)
{
    CURLMsg *m = NULL;
    int left = 0;
    while ((m = curl_multi_info_read(all->multi, &left)) != NULL) {
        char *of = NULL;
        CURLcode code = m->data.result;
        CURL *curl = m->easy_handle;
        if (m->msg == CURLMSG_DONE && curl_easy_getinfo(curl, CURLINFO_PRIVATE, &of) == CURLE_OK &&
            of) {
            finished((struct transfer *)(void *)of, code);
        }
    }
}

/* -- the loop */

static void act(struct transfers *all, curl_socket_t fd, int what)
{
    int running = 0;
    (void)curl_multi_socket_action(all->multi, fd, what, &running);
    look(all);
}

static void on_time(void *ctx)
{
    act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static void on_ready(void *ctx, unsigned events)
{
    struct socket *s = ctx;
    act(s->all, s->fd,
        ((events & LOOP_READ) ? CURL_CSELECT_IN : 0) |
            ((events & LOOP_WRITE) ? CURL_CSELECT_OUT : 0));
}

static int wants_time(CURLM *multi, long ms, void *ctx)
{
    struct transfers *all = ctx;
    (void)multi;
    loop_timer_at(all->timer, ms < 0 ? USEC_NONE : loop_now(all->loop) + ms * USEC_MS);
    return 0;
}

static int wants_socket(CURL *curl, curl_socket_t fd, int what, void *ctx, void *of)
{
    struct transfers *all = ctx;
    struct socket *s = of;
    (void)curl;
    if (what == CURL_POLL_REMOVE) {
        if (s) {
            loop_watch_free(s->watch);
            free(s);
        }
        (void)curl_multi_assign(all->multi, fd, NULL);
        return 0;
    }
    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s || loop_watch_new(all->loop, fd, on_ready, s, &s->watch) != ERR_OK) {
            free(s);
            return -1;
        }
        s->all = all;
        s->fd = fd;
        (void)curl_multi_assign(all->multi, fd, s);
    }
    unsigned events =
        (what != CURL_POLL_OUT ? LOOP_READ : 0U) | (what != CURL_POLL_IN ? LOOP_WRITE : 0U);
    return loop_watch_set(s->watch, events) == ERR_OK ? 0 : -1;
}

/* -- the outside */

enum err transfers_new(struct loop *l, struct transfers **ret)
{
    struct transfers *all = calloc(1, sizeof *all);
    if (!all || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(all);
        return ERR_MEMORY;
    }
    all->loop = l;
    all->multi = curl_multi_init();
    enum err e = all->multi ? loop_timer_new(l, on_time, all, &all->timer) : ERR_MEMORY;
    if (e != ERR_OK) {
        transfers_free(all);
        return e;
    }
    (void)curl_multi_setopt(all->multi, CURLMOPT_SOCKETFUNCTION, wants_socket);
    (void)curl_multi_setopt(all->multi, CURLMOPT_SOCKETDATA, all);
    (void)curl_multi_setopt(all->multi, CURLMOPT_TIMERFUNCTION, wants_time);
    (void)curl_multi_setopt(all->multi, CURLMOPT_TIMERDATA, all);
    (void)curl_multi_setopt(all->multi, CURLMOPT_MAXCONNECTS, (long)KEPT);
    *ret = all;
    return ERR_OK;
}

void transfers_free(struct transfers *all)
{
    if (!all) {
        return;
    }
    if (all->multi) {
        (void)curl_multi_cleanup(all->multi);
    }
    loop_timer_free(all->timer);
    free(all);
    curl_global_cleanup();
}

enum err transfer_begin(struct transfers *all, const struct transfer_ask *ask,
                        const struct transfer_on *on, void *ctx, struct transfer **ret)
{
    struct transfer *t = calloc(1, sizeof *t);
    if (!t) {
        pki_free(ask->identity);
        return ERR_MEMORY;
    }
    *t = (struct transfer){
        .all = all, .on = on, .ctx = ctx, .curl = curl_easy_init(), .identity = ask->identity};
    enum err e = t->curl ? transfer_set(t, ask) : ERR_MEMORY;
    if (e == ERR_OK && curl_multi_add_handle(all->multi, t->curl) != CURLM_OK) {
        e = ERR_MEMORY;
    }
    if (e != ERR_OK) {
        transfer_free(t);
        return e;
    }
    *ret = t;
    return ERR_OK;
}

void transfer_stop(struct transfer *t)
{
    if (t) {
        transfer_free(t);
    }
}
