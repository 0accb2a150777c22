/* One file of `size` invented bytes, over HTTP, HTTPS and TFTP on ports of their own, by what the program serves with.
 *
 *     fileserve size=N [wrap=0|1] [cert=FILE key=FILE [ca=FILE]]
 *
 * Prints "http PORT", "tftp PORT" and, with a certificate, "https PORT", then serves until SIGTERM. Every name is the file's; byte n of it is
 * (n * 31 + n / 251) mod 256, or of "text=1" the lines of numbers from 0. "ca": clients must show a certificate of it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/tftpd/tftpd.h"
#include "app/web/web.h"
#include "io/tls/server.h"
#include "io/udp/udp.h"

struct wish {
    uint64_t size, wrap, text;
    const char *cert, *key, *ca;
};

static struct str file;
static struct loop *loop;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "fileserve: %s\n", what);
    exit(1);
}

static void must(enum err e, const char *what)
{
    if (e != ERR_OK) {
        die(what);
    }
}

static void file_make(const struct wish *w)
{
    char *p = malloc(w->size + 32);
    if (!p) {
        die("no memory");
    }
    for (size_t i = 0, line = 0; i < w->size; line++) {
        if (w->text) {
            i += (size_t)snprintf(p + i, 32, "%zu\n", line);
        } else {
            p[i] = (char)(i * 31 + i / 251);
            i++;
        }
    }
    file = str_of(p, w->size);
}

static void on_request(void *ctx, struct web_exchange *x)
{
    (void)ctx;
    web_answer(x, &(struct web_answer){.status = 200,
                                       .type = "text/xml",
                                       .etag = STR("\"5f2c1b7a90e44d13\""),
                                       .body = file,
                                       .release = web_constant});
}

static void on_open(void *ctx, struct tftpd *d, const struct tftpd_ask *ask)
{
    (void)ctx;
    tftpd_give(d, ask->id, file, web_constant, NULL);
}

static void listen_web(struct web *web, struct tls_server *tls)
{
    static const struct web_handler on = {.request = on_request};
    struct endpoint at = {.ip = addr4(0x7f000001)};
    int fd;
    must(stream_bind(at, &fd, &at), "cannot listen");
    must(web_listen(web, fd, tls, 0, &on, NULL), "cannot listen");
    printf("%s %u\n", tls ? "https" : "http", at.port);
}

static void listen_tftp(struct tftpd *d)
{
    struct endpoint at = {.ip = addr4(0x7f000001)};
    int fd;
    must(udp_bind(at, &fd, &at), "cannot listen");
    must(tftpd_listen(d, fd), "cannot listen");
    printf("tftp %u\n", at.port);
}

static struct tls_server *tls_make(const struct wish *w)
{
    struct tls_server *tls = NULL;
    char why[TLS_WHY];
    struct tls_server_cfg cfg = {
        .cert = {w->cert}, .key = {w->key}, .client_ca = w->ca, .client_must = w->ca != NULL};
    if (w->cert && tls_server_new(&cfg, NULL, &tls, why) != ERR_OK) {
        die(why);
    }
    return tls;
}

static void on_signal(void *ctx, int signum)
{
    (void)ctx;
    (void)signum;
    loop_stop(loop);
}

static void serve(const struct wish *w)
{
    static const struct tftpd_on on = {.open = on_open};
    struct web_limits limits = web_limits_usual;
    struct tftpd_limits tftp_limits = tftpd_limits_usual;
    struct tls_server *tls = tls_make(w);
    struct web *web;
    struct tftpd *d;
    limits.most = limits.most_of_peer = 16000;
    limits.requests = UINT64_MAX;
    tftp_limits.send.wrap = (unsigned)w->wrap;
    must(loop_new(&loop), "no loop");
    must(loop_signal(loop, SIGTERM, on_signal, NULL), "no signals");
    must(web_new(loop, &limits, &web), "no memory");
    must(tftpd_new(loop, &tftp_limits, &on, NULL, &d), "no memory");
    listen_web(web, NULL);
    listen_tftp(d);
    if (tls) {
        listen_web(web, tls);
    }
    fflush(stdout);
    loop_run(loop);
    tftpd_free(d);
    web_free(web);
    loop_free(loop);
    tls_server_free(tls);
}

static void read_option(struct wish *w, const char *text)
{
    struct str value = str_z(text);
    struct str name = str_cut(&value, '=');
    struct {
        const char *name;
        uint64_t *number;
        const char **text;
    } options[] = {{"size", &w->size, NULL}, {"wrap", &w->wrap, NULL}, {"text", &w->text, NULL},
                   {"cert", NULL, &w->cert}, {"key", NULL, &w->key},   {"ca", NULL, &w->ca}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (str_eq(name, str_z(options[i].name))) {
            if (options[i].text) {
                *options[i].text = value.p;
                return;
            }
            if (str_u64(value, options[i].number)) {
                return;
            }
        }
    }
    die(text);
}

int main(int argc, char **argv)
{
    struct wish w = {.size = 8192};
    for (int i = 1; i < argc; i++) {
        read_option(&w, argv[i]);
    }
    file_make(&w);
    serve(&w);
    return 0;
}
