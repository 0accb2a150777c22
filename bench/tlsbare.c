/* The least that a TLS server can do: accept, shake hands, read until the client leaves, close. Beside it a server of ours is
 * measured.
 *
 *     tlsbare CERTIFICATE KEY      prints "listening ADDRESS:PORT", serves one client after the other until it is killed
 *
 * The library's defaults, but no resumption: neither tickets nor a cache. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "tlsbare: %s\n", what);
    exit(1);
}

static SSL_CTX *context(const char *cert, const char *key)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
        die("certificate or key");
    }
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    (void)SSL_CTX_set_num_tickets(ctx, 0);
    return ctx;
}

static int listen_anywhere(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        die("socket");
    }
    printf("listening 127.0.0.1:%u\n", ntohs(at.sin_port));
    (void)fflush(stdout);
    return fd;
}

static void serve(SSL_CTX *ctx, int fd)
{
    int one = 1;
    char rest[64];
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    SSL *ssl = SSL_new(ctx);
    if (!ssl || SSL_set_fd(ssl, fd) != 1) {
        die("memory");
    }
    if (SSL_accept(ssl) == 1) {
        while (SSL_read(ssl, rest, sizeof rest) > 0) {
        }
    }
    ERR_clear_error();
    SSL_free(ssl);
    (void)close(fd);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        die("give a certificate and a key");
    }
    (void)signal(SIGPIPE, SIG_IGN);
    SSL_CTX *ctx = context(argv[1], argv[2]);
    int listening = listen_anywhere();
    for (;;) {
        int fd = accept(listening, NULL, NULL);
        if (fd >= 0) {
            serve(ctx, fd);
        }
    }
}
