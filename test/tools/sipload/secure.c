/* TLS of the phones' side, by OpenSSL. */
#include "sipload.h"

#include <errno.h>
#include <openssl/err.h>

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct line *l = SSL_get_app_data(ssl);
    SSL_SESSION_free(l->t->session);
    l->t->session = session;
    return 1;
}

SSL_CTX *secure_ctx(struct thread *t)
{
    const struct options *o = t->o;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx || (o->tls && (!SSL_CTX_set_min_proto_version(ctx, o->tls) ||
                            !SSL_CTX_set_max_proto_version(ctx, o->tls)))) {
        die("TLS");
    }
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(ctx, 1);
    if (o->ca) {
        if (SSL_CTX_load_verify_locations(ctx, o->ca, NULL) != 1) {
            die(o->ca);
        }
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    }
    if (o->cert &&
        (SSL_CTX_use_certificate_chain_file(ctx, o->cert) != 1 ||
         SSL_CTX_use_PrivateKey_file(ctx, o->key ? o->key : o->cert, SSL_FILETYPE_PEM) != 1)) {
        die(o->cert);
    }
    if (o->resume) {
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(ctx, keep_session);
    } else {
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    }
    return ctx;
}

void secure_new(struct line *l)
{
    l->ssl = SSL_new(l->t->ctx);
    if (!l->ssl || !SSL_set_fd(l->ssl, l->fd)) {
        die("TLS");
    }
    SSL_set_app_data(l->ssl, l);
    SSL_set_connect_state(l->ssl);
    (void)SSL_set_tlsext_host_name(l->ssl, l->t->o->domain);
    if (l->t->session) {
        (void)SSL_set_session(l->ssl, l->t->session);
    }
}

int secure_shake(struct line *l)
{
    ERR_clear_error();
    int done = SSL_do_handshake(l->ssl);
    if (done == 1) {
        l->t->f.resumed += SSL_session_reused(l->ssl) ? 1 : 0;
        return 1;
    }
    int why = SSL_get_error(l->ssl, done);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static ssize_t result(struct line *l, int n)
{
    if (n > 0) {
        return n;
    }
    int why = SSL_get_error(l->ssl, n);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
        return -1;
    }
    return 0;
}

ssize_t secure_read(struct line *l, char *room, size_t len)
{
    ERR_clear_error();
    return result(l, SSL_read(l->ssl, room, (int)len));
}

ssize_t secure_write(struct line *l, const char *text, size_t len)
{
    ERR_clear_error();
    return result(l, SSL_write(l->ssl, text, (int)len));
}

void secure_free(struct line *l)
{
    if (l->state == LINE_OPEN) {
        (void)SSL_shutdown(l->ssl);
    }
    SSL_free(l->ssl);
    l->ssl = NULL;
}
