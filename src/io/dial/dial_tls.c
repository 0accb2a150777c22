/* TLS as a client, by OpenSSL: RFC 8446, RFC 5246. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/dial/inside.h"

struct dial_context {
    SSL_CTX *ctx;
};

/* What a connection keeps beside its SSL: texts and bytes that dial_peer shows. */
struct session {
    SSL *ssl;
    int alert; /* that the peer sent; -1 */
    bool asked;
    long verify;
    int verify_depth;
    unsigned char *der[DIAL_CHAIN]; /* owned */
};

static int session_index(void)
{
    static int index = -1;
    if (index < 0) {
        index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    }
    return index;
}

static void on_info(const SSL *ssl, int where, int value)
{
    struct session *s = SSL_get_ex_data(ssl, session_index());
    if (s && (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) != 0) {
        s->alert = value & 0xff;
    }
}

/* Notes the first fault and goes on: who asks wants to see the rest. */
static int on_verify(int ok, X509_STORE_CTX *store)
{
    const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct session *s = ssl ? SSL_get_ex_data(ssl, session_index()) : NULL;
    if (!ok && s && s->verify == X509_V_OK) {
        s->verify = X509_STORE_CTX_get_error(store);
        s->verify_depth = X509_STORE_CTX_get_error_depth(store);
    }
    return 1;
}

/* The server asks for a certificate: it gets the one of the context, or none. */
static int on_asked(SSL *ssl, void *ctx)
{
    struct session *s = SSL_get_ex_data(ssl, session_index());
    (void)ctx;
    if (s) {
        s->asked = true;
    }
    return 1;
}

static void library_text(char to[DIAL_TEXT], const char *otherwise)
{
    unsigned long e = ERR_peek_last_error();
    const char *reason = e ? ERR_reason_error_string(e) : NULL;
    snprintf(to, DIAL_TEXT, "%s", reason ? reason : otherwise);
}

static bool load_files(SSL_CTX *ctx, const struct dial_cfg *cfg, char reterr[DIAL_TEXT])
{
    char why[DIAL_TEXT];
    const char *file = cfg->ca_file;
    bool ok = file ? SSL_CTX_load_verify_locations(ctx, file, NULL) == 1
                   : SSL_CTX_set_default_verify_paths(ctx) == 1;
    if (ok && cfg->cert_file) {
        file = cfg->cert_file;
        ok = SSL_CTX_use_certificate_chain_file(ctx, file) == 1;
    }
    if (ok && cfg->key_file) {
        file = cfg->key_file;
        ok = SSL_CTX_use_PrivateKey_file(ctx, file, SSL_FILETYPE_PEM) == 1 &&
             SSL_CTX_check_private_key(ctx) == 1;
    }
    if (!ok) {
        library_text(why, "cannot be read");
        snprintf(reterr, DIAL_TEXT, "%.100s: %.50s", file ? file : "the certificates of this host",
                 why);
    }
    return ok;
}

struct dial_context *dial_context_new(const struct dial_cfg *cfg, char reterr[DIAL_TEXT])
{
    struct dial_context *c = calloc(1, sizeof *c);
    reterr[0] = 0;
    ERR_clear_error();
    if (!c || !(c->ctx = SSL_CTX_new(TLS_client_method()))) {
        snprintf(reterr, DIAL_TEXT, "no memory");
        free(c);
        return NULL;
    }
    SSL_CTX_set_verify(c->ctx, SSL_VERIFY_PEER, on_verify);
    SSL_CTX_set_info_callback(c->ctx, on_info);
    SSL_CTX_set_cert_cb(c->ctx, on_asked, NULL);
    SSL_CTX_set_options(c->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* Versions below 1.2 need the lowest level of security; what is too old is for the caller to say. */
    SSL_CTX_set_security_level(c->ctx, 0);
    bool ok = SSL_CTX_set_min_proto_version(
                  c->ctx, (int)(cfg->minimum ? cfg->minimum : TLS1_VERSION)) == 1 &&
              SSL_CTX_set_max_proto_version(c->ctx, (int)cfg->maximum) == 1;
    if (!ok) {
        library_text(reterr, "the versions are not supported");
    }
    if (!ok || !load_files(c->ctx, cfg, reterr)) {
        dial_context_free(c);
        c = NULL;
    }
    return c;
}

void dial_context_free(struct dial_context *c)
{
    if (c) {
        SSL_CTX_free(c->ctx);
        free(c);
    }
}

/* What an SSL call that did not succeed means. DIAL_OK: call it again. */
static enum dial_outcome trouble(struct dial *d, int ret, int64_t deadline)
{
    struct session *s = d->ssl;
    int error = errno;
    switch (SSL_get_error(s->ssl, ret)) {
    case SSL_ERROR_WANT_READ:
        return dial_ready(d, POLLIN, deadline) ? DIAL_OK : dial_failed(d, ETIMEDOUT);
    case SSL_ERROR_WANT_WRITE:
        return dial_ready(d, POLLOUT, deadline) ? DIAL_OK : dial_failed(d, ETIMEDOUT);
    case SSL_ERROR_ZERO_RETURN:
        return DIAL_CLOSED;
    case SSL_ERROR_SYSCALL:
        return error ? dial_failed(d, error) : DIAL_CLOSED;
    default:
        break;
    }
    unsigned long e = ERR_peek_last_error();
    library_text(d->text, "the handshake failed");
    d->alert = s->alert;
    if (ERR_GET_LIB(e) == ERR_LIB_SSL && ERR_GET_REASON(e) >= SSL_AD_REASON_OFFSET) {
        d->alert = ERR_GET_REASON(e) - SSL_AD_REASON_OFFSET;
    }
    if (d->alert >= 0) {
        return DIAL_ALERT;
    }
    int reason = ERR_GET_REASON(e);
    bool other = reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
                 reason == SSL_R_BAD_PROTOCOL_VERSION_NUMBER;
    return other                                          ? DIAL_NOT_TLS
           : reason == SSL_R_UNEXPECTED_EOF_WHILE_READING ? DIAL_CLOSED
                                                          : DIAL_REJECTED;
}

static struct session *session_new(struct dial *d, struct dial_context *c, const char *name)
{
    struct addr a;
    struct session *s = calloc(1, sizeof *s);
    if (!s) {
        return NULL;
    }
    s->alert = -1;
    s->ssl = SSL_new(c->ctx);
    bool ok = s->ssl && SSL_set_fd(s->ssl, d->fd) == 1 &&
              SSL_set_ex_data(s->ssl, session_index(), s) == 1;
    if (ok && name && *name && !addr_read(str_z(name), &a)) {
        char *copy = strdup(name); /* the library's macro takes it as not constant */
        ok = copy && SSL_set_tlsext_host_name(s->ssl, copy) == 1;
        free(copy);
    }
    if (!ok) {
        SSL_free(s->ssl);
        free(s);
        return NULL;
    }
    return s;
}

enum dial_outcome dial_secure(struct dial *d, struct dial_context *c, const char *name,
                              unsigned wait_ms)
{
    int64_t began = dial_clock();
    int64_t deadline = began + (int64_t)wait_ms * 1000;
    enum dial_outcome o = DIAL_OK;
    struct session *s = session_new(d, c, name);
    if (!s) {
        return dial_failed(d, ENOMEM);
    }
    d->ssl = s;
    while (o == DIAL_OK) {
        ERR_clear_error();
        errno = 0;
        int ret = SSL_connect(s->ssl);
        if (ret == 1) {
            break;
        }
        o = trouble(d, ret, deadline);
    }
    d->handshake_us = dial_clock() - began;
    return o;
}

static size_t read_chain(struct session *s, struct str to[DIAL_CHAIN])
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(s->ssl);
    int n = chain ? sk_X509_num(chain) : 0;
    size_t k = 0;
    for (int i = 0; i < n && k < DIAL_CHAIN; i++) {
        if (!s->der[k]) {
            (void)i2d_X509(sk_X509_value(chain, i), &s->der[k]);
        }
        int len = i2d_X509(sk_X509_value(chain, i), NULL);
        if (s->der[k] && len > 0) {
            to[k] = str_of((const char *)s->der[k], (size_t)len);
            k++;
        }
    }
    return k;
}

bool dial_peer(const struct dial *d, struct dial_peer *ret_p)
{
    struct session *s = d->ssl;
    *ret_p = (struct dial_peer){.version = 0};
    if (!s) {
        return false;
    }
    ret_p->n_chain = read_chain(s, ret_p->chain);
    ret_p->version = (unsigned)SSL_version(s->ssl);
    ret_p->version_text = SSL_get_version(s->ssl);
    const char *cipher = SSL_get_cipher_name(s->ssl);
    ret_p->cipher = cipher ? cipher : "";
    ret_p->asked = s->asked;
    ret_p->verify = s->verify;
    ret_p->verify_text = X509_verify_cert_error_string(s->verify);
    ret_p->verify_depth = s->verify_depth;
    return ret_p->n_chain != 0;
}

enum dial_outcome dial_send_tls(struct dial *d, struct str bytes, int64_t deadline)
{
    struct session *s = d->ssl;
    while (bytes.len) {
        size_t n = 0;
        ERR_clear_error();
        errno = 0;
        int ret = SSL_write_ex(s->ssl, bytes.p, bytes.len, &n);
        if (ret == 1) {
            bytes = str_from(bytes, n);
            continue;
        }
        enum dial_outcome o = trouble(d, ret, deadline);
        if (o != DIAL_OK) {
            return o;
        }
    }
    return DIAL_OK;
}

enum dial_outcome dial_receive_tls(struct dial *d, void *to, size_t most, size_t *ret_n,
                                   int64_t deadline)
{
    struct session *s = d->ssl;
    for (;;) {
        ERR_clear_error();
        errno = 0;
        int ret = SSL_read_ex(s->ssl, to, most, ret_n);
        if (ret == 1) {
            return DIAL_OK;
        }
        enum dial_outcome o = trouble(d, ret, deadline);
        if (o != DIAL_OK) {
            return o;
        }
    }
}

void dial_end_tls(struct dial *d)
{
    struct session *s = d->ssl;
    if (!s) {
        return;
    }
    ERR_clear_error();
    if (SSL_is_init_finished(s->ssl)) {
        (void)SSL_shutdown(s->ssl);
    }
    SSL_free(s->ssl);
    for (size_t i = 0; i < DIAL_CHAIN; i++) {
        OPENSSL_free(s->der[i]);
    }
    free(s);
    ERR_clear_error();
    d->ssl = NULL;
}

const char *dial_alert_name(int alert)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {10, "unexpected message"},
        {20, "bad record mac"},
        {40, "handshake failure"},
        {42, "bad certificate"},
        {43, "unsupported certificate"},
        {44, "certificate revoked"},
        {45, "certificate expired"},
        {46, "certificate unknown"},
        {47, "illegal parameter"},
        {48, "unknown ca"},
        {49, "access denied"},
        {50, "decode error"},
        {51, "decrypt error"},
        {70, "protocol version"},
        {71, "insufficient security"},
        {80, "internal error"},
        {86, "inappropriate fallback"},
        {109, "missing extension"},
        {112, "unrecognized name"},
        {116, "certificate required"},
        {120, "no application protocol"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].number == alert) {
            return names[i].name;
        }
    }
    return "alert";
}
