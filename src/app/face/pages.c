/* The phone's pages by HTTPS, with a certificate of its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/face/inside.h"
#include "io/pki/pki.h"
#include "io/tls/server.h"

enum { YEARS = 10 };

/* -- the certificate: one that was made before stays, so that a browser has to be told once */

static bool path_of(const struct face *f, const char *name, char ret[FACE_PATH])
{
    int n = snprintf(ret, FACE_PATH, "%s/%s", f->cfg.folder, name);
    return n > 0 && n < FACE_PATH;
}

static bool pem_write(const char *path, const struct pki_pair *p,
                      enum err (*write)(const struct pki_pair *p, struct sink *out))
{
    struct out_file file;
    bool ok = out_file_open(&file, path, true) == ERR_OK && write(p, &file.sink) == ERR_OK;
    ok = ok && out_file_commit(&file) == ERR_OK;
    if (!ok) {
        cli_error("%s: %s", path, strerror(errno));
        out_file_abort(&file);
    }
    return ok;
}

static bool certificate_make(const struct face *f, const char *cert, const char *key)
{
    char address[ADDR_TEXT], host[32], why[PKI_WHY];
    const uint8_t *m = f->desk->phone.mac.b;
    usec_t now = loop_date(f->loop);
    struct pki_pair *p = NULL;
    (void)snprintf(host, sizeof host, "SEP%02X%02X%02X%02X%02X%02X", m[0], m[1], m[2], m[3], m[4],
                   m[5]);
    (void)addr_write(f->cfg.at.ip, address);
    const struct pki_name names[] = {{PKI_IP, address}, {PKI_DNS, host}, {PKI_DNS, "localhost"}};
    const struct pki_request r = {.role = PKI_SERVER,
                                  .subject = {{"CN", host}},
                                  .n_subject = 1,
                                  .name = names,
                                  .n_names = sizeof names / sizeof *names,
                                  .from = now - USEC_DAY,
                                  .until = now + YEARS * 365 * USEC_DAY};
    if (pki_make(&r, NULL, &p, why) != ERR_OK) {
        cli_error("a certificate for the phone's pages cannot be made: %s", why);
        return false;
    }
    bool ok = pem_write(key, p, pki_write_key) && pem_write(cert, p, pki_write_cert);
    pki_free(p);
    return ok;
}

static bool tls_open(struct face *f)
{
    char cert[FACE_PATH], key[FACE_PATH], why[TLS_WHY];
    if (!path_of(f, "page.crt", cert) || !path_of(f, "page.key", key)) {
        cli_error("%s: the path is too long", f->cfg.folder);
        return false;
    }
    bool there = access(cert, R_OK) == 0 && access(key, R_OK) == 0;
    if (!there && !certificate_make(f, cert, key)) {
        return false;
    }
    const struct tls_server_cfg cfg = {.cert = {cert}, .key = {key}};
    if (tls_server_new(&cfg, NULL, &f->tls, why) != ERR_OK) {
        cli_error("the phone's pages: %s", why);
        return false;
    }
    return true;
}

/* -- answers */

static void send_file(struct face *f, struct web_exchange *x, const struct panel_answer *a,
                      const struct web_answer *answer)
{
    char path[FACE_PATH], name[FACE_NAME];
    struct stat st;
    (void)snprintf(name, sizeof name, "%.*s", STR_ARG(a->file));
    if (a->send == PANEL_LOG && f->cfg.flush) {
        f->cfg.flush(f->cfg.ctx);
    }
    int fd = path_of(f, name, path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0) {
            (void)close(fd);
        }
        web_refuse(x, 404, "the file is gone");
        return;
    }
    web_send_file(x, answer, fd, (uint64_t)st.st_size);
}

/* Another password ends what was begun with the old one. */
static void look_at_passwords(struct face *f)
{
    static const char *const names[] = {"Admin_Password", "User_Password"};
    bool changed = false;
    for (size_t i = 0; i < 2; i++) {
        const char *now = phone_get(&f->desk->phone, str_z(names[i])).p;
        changed = changed || now != f->password[i];
        f->password[i] = now;
    }
    if (changed) {
        panel_log_out_all(&f->panel);
    }
}

static void answer(struct face *f, struct web_exchange *x, struct str body)
{
    struct panel_answer a;
    struct panel_request r = {.head = web_head(x),
                              .method = web_method(x),
                              .path = web_path(x),
                              .query = web_query(x),
                              .body = body,
                              .peer = stream_peer(web_stream(x)).ip,
                              .https = true};
    face_look(f, true);
    look_at_passwords(f);
    enum err e = panel_on_request(&f->panel, &f->facts.panel, &r, &a);
    struct web_answer out = {
        .status = a.status, .type = a.type, .fields = buf_str(&a.fields), .body = buf_str(&a.body)};
    if (e != ERR_OK) {
        web_refuse(x, 503, "no memory");
    } else if (a.send == PANEL_BODY) {
        web_answer(x, &out);
    } else {
        send_file(f, x, &a, &out);
    }
    if (e == ERR_OK) {
        face_act(f, &a.action);
    }
    panel_answer_clear(&a);
}

static void on_request(void *ctx, struct web_exchange *x)
{
    struct face *f = ctx;
    if (!phone_yes(&f->desk->phone, "Enable_Web_Server")) {
        web_refuse(x, 403, "Enable_Web_Server is No");
    } else if (web_method(x) == HTTP_POST) {
        web_gather(x, PANEL_BODY_MOST);
    } else {
        answer(f, x, STR(""));
    }
}

static void on_body(void *ctx, struct web_exchange *x, struct str whole)
{
    answer(ctx, x, whole);
}

static const struct web_handler handler = {
    .request = on_request, .body = on_body, .fields = PANEL_FIELDS};

/* -- */

bool pages_open(struct face *f)
{
    char text[ENDPOINT_TEXT];
    struct web_limits limits = web_limits_usual;
    int fd = -1;
    limits.most = 256;
    limits.most_of_peer = 64;
    limits.handshaking = 32;
    if (!tls_open(f)) {
        return false;
    }
    enum err e = web_new(f->loop, &limits, &f->web);
    e = e == ERR_OK ? stream_bind(f->cfg.at, &fd, &f->at) : e;
    if (e == ERR_OK) {
        e = web_listen(f->web, fd, f->tls, 0, &handler, f);
        if (e != ERR_OK) {
            (void)close(fd);
        }
    }
    if (e != ERR_OK) {
        (void)endpoint_write(f->cfg.at, text);
        cli_error("--web: %s: %s", text, e == ERR_IO ? strerror(errno) : err_name(e));
    }
    return e == ERR_OK;
}

void pages_close(struct face *f)
{
    if (f->web) {
        web_free(f->web);
    }
    tls_server_free(f->tls);
}
