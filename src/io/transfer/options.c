/* A transfer as libcurl's options. */
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/transfer/inside.h"

enum { URL = 4096, SHORT = 320, LINE = 2048, BUFFER = 16 * 1024 };

/* -- what comes */

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    /* Less than it was given ends the transfer. */
    return buf_add(&t->body, str_of(p, size * n)) == ERR_OK ? size * n : 0;
}

static int on_debug(CURL *curl, curl_infotype type, char *p, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    struct str bytes = str_of(p, n);
    (void)curl;
    if (!t->on->head) {
        return 0;
    }
    if (type == CURLINFO_HEADER_OUT) {
        t->on->head(t->ctx, true, bytes);
    } else if (type == CURLINFO_HEADER_IN) {
        bool whole = str_eq(bytes, STR("\r\n")) || str_eq(bytes, STR("\n"));
        if (buf_add(&t->received, bytes) != ERR_OK || whole) {
            t->on->head(t->ctx, false, buf_str(&t->received));
            buf_reset(&t->received);
        }
    }
    return 0;
}

static CURLcode on_ssl(CURL *curl, void *ssl_ctx, void *ctx)
{
    const struct transfer *t = ctx;
    SSL_CTX *ssl = ssl_ctx;
    X509_VERIFY_PARAM *how = SSL_CTX_get0_param(ssl);
    (void)curl;
    if (t->date) {
        X509_VERIFY_PARAM_set_time(how, (time_t)(t->date / USEC_S));
    }
    if (t->old) {
        SSL_CTX_set_security_level(ssl, 0);
    }
    if (t->identity && !pki_use(t->identity, ssl)) {
        return CURLE_SSL_CERTPROBLEM;
    }
    return t->check[0] && X509_VERIFY_PARAM_set1_host(how, t->check, 0) != 1
               ? CURLE_ABORTED_BY_CALLBACK
               : CURLE_OK;
}

/* -- what is asked */

/* As text that ends; false where it is too long or has a NUL. */
static bool z(char *room, size_t most, struct str s)
{
    if (s.len >= most || memchr(s.p ? s.p : "", 0, s.len)) {
        return false;
    }
    if (s.p && s.len) {
        memcpy(room, s.p, s.len);
    }
    room[s.len] = '\0';
    return true;
}

static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    *list = longer ? longer : *list;
    return longer != NULL;
}

/* "Name: value"; false where it does not fit. */
static bool field_write(const struct transfer_field *f, char *room, size_t cap, size_t *at)
{
    int n = snprintf(room + *at, cap - *at, "%s%.*s: %.*s", *at ? "\r\n" : "", STR_ARG(f->name),
                     STR_ARG(f->value));
    bool ok =
        n > 0 && (size_t)n < cap - *at && !memchr(f->value.p ? f->value.p : "", '\n', f->value.len);
    *at += ok ? (size_t)n : 0;
    return ok;
}

/* The fields given, and without their value those that the library would add. It would move Host to the top, where phones with an
 * older one have it elsewhere: so Host goes in one piece with the field above it. */
static bool set_head(struct transfer *t, const struct transfer_ask *ask)
{
    static const char *const unwanted[] = {"Host", "Accept", "User-Agent", "Content-Type",
                                           "Expect"};
    char line[LINE];
    for (size_t i = 0; i < ask->n_fields; i++) {
        size_t at = 0;
        bool ok = field_write(&ask->field[i], line, sizeof line, &at);
        if (i + 1 < ask->n_fields && str_ieq(ask->field[i + 1].name, STR("Host"))) {
            ok = ok && field_write(&ask->field[++i], line, sizeof line, &at);
        }
        if (!ok || !append(&t->head, line)) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++) {
        bool given = ask->file_name.len && strcmp(unwanted[i], "Content-Type") == 0;
        for (size_t k = 0; k < ask->n_fields; k++) {
            bool folded = k && str_ieq(ask->field[k].name, STR("Host"));
            given |= !folded && str_ieq(ask->field[k].name, str_z(unwanted[i]));
        }
        (void)snprintf(line, sizeof line, "%s:", unwanted[i]);
        if (!given && !append(&t->head, line)) {
            return false;
        }
    }
    return curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->head) == CURLE_OK;
}

static bool part(curl_mime *form, struct str name, struct str value, struct str file)
{
    char text[SHORT];
    curl_mimepart *p = curl_mime_addpart(form);
    bool ok = p && z(text, sizeof text, name) && curl_mime_name(p, text) == CURLE_OK &&
              curl_mime_data(p, value.len ? value.p : "", value.len) == CURLE_OK;
    if (ok && file.len) {
        ok = z(text, sizeof text, file) && curl_mime_filename(p, text) == CURLE_OK &&
             curl_mime_type(p, "application/octet-stream") == CURLE_OK;
    }
    return ok;
}

static bool set_form(struct transfer *t, const struct transfer_ask *ask)
{
    t->form = curl_mime_init(t->curl);
    bool ok = t->form != NULL;
    for (size_t i = 0; ok && i < ask->n_form; i++) {
        ok = part(t->form, ask->form[i].name, ask->form[i].value, STR(""));
    }
    return ok && part(t->form, STR("prt_file"), ask->file, ask->file_name) &&
           curl_easy_setopt(t->curl, CURLOPT_MIMEPOST, t->form) == CURLE_OK;
}

static bool set_body(struct transfer *t, const struct transfer_ask *ask)
{
    bool ok = true;
    if (ask->file_name.len) {
        ok = set_form(t, ask);
    } else if (ask->method != TRANSFER_GET) {
        const char *bytes = ask->body.len ? ask->body.p : "";
        ok = curl_easy_setopt(t->curl, CURLOPT_POSTFIELDSIZE, (long)ask->body.len) == CURLE_OK &&
             curl_easy_setopt(t->curl, CURLOPT_COPYPOSTFIELDS, bytes) == CURLE_OK;
    }
    return ok && (ask->method != TRANSFER_PUT ||
                  curl_easy_setopt(t->curl, CURLOPT_CUSTOMREQUEST, "PUT") == CURLE_OK);
}

static bool set_blob(CURL *curl, CURLoption option, struct str pem)
{
    struct curl_blob blob = {
        .data = (void *)(uintptr_t)pem.p, .len = pem.len, .flags = CURL_BLOB_COPY};
    return pem.len == 0 || curl_easy_setopt(curl, option, &blob) == CURLE_OK;
}

static long version(unsigned least, unsigned most)
{
    static const long mins[] = {CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_TLSv1_1,
                                CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_3};
    static const long maxes[] = {CURL_SSLVERSION_MAX_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_1,
                                 CURL_SSLVERSION_MAX_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_3};
    long v = least >= 0x0301 && least <= 0x0304 ? mins[least - 0x0301] : CURL_SSLVERSION_DEFAULT;
    return v | (most >= 0x0301 && most <= 0x0304 ? maxes[most - 0x0301] : 0);
}

static bool set_tls(struct transfer *t, const struct transfer_ask *ask)
{
    CURL *c = t->curl;
    struct str key = ask->key.len ? ask->key : ask->cert;
    t->date = ask->date;
    t->old = ask->tls_least && ask->tls_least < 0x0303;
    return z(t->check, sizeof t->check, ask->check) &&
           set_blob(c, CURLOPT_CAINFO_BLOB, ask->trust) &&
           set_blob(c, CURLOPT_SSLCERT_BLOB, ask->cert) && set_blob(c, CURLOPT_SSLKEY_BLOB, key) &&
           curl_easy_setopt(c, CURLOPT_SSLVERSION, version(ask->tls_least, ask->tls_most)) ==
               CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, t->check[0] ? 0L : 2L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_ssl) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_CTX_DATA, t) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_ENABLE_ALPN, 0L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK;
}

/* The URL says the host, the connection goes to the address. */
static bool set_target(struct transfer *t, const struct transfer_ask *ask)
{
    static const char *const names[] = {"tftp", "http", "https"};
    char url[URL], to[SHORT], ip[ADDR_TEXT];
    struct str address = addr_write(ask->to.ip, ip);
    bool six = ask->to.ip.family == 6;
    struct str host = t->tftp ? address : ask->host;
    bool bracket =
        (t->tftp && six) || (host.len && host.p[0] != '[' && str_chr(host, ':') != STR_NPOS);
    int n = snprintf(url, sizeof url, "%s://%s%.*s%s:%u%s%.*s", names[ask->scheme],
                     bracket ? "[" : "", STR_ARG(host), bracket ? "]" : "", ask->to.port,
                     ask->path.len && ask->path.p[0] == '/' ? "" : "/", STR_ARG(ask->path));
    if (n < 0 || (size_t)n >= sizeof url || memchr(url, ' ', (size_t)n) ||
        curl_easy_setopt(t->curl, CURLOPT_URL, url) != CURLE_OK) {
        return false;
    }
    (void)snprintf(to, sizeof to, "::%s%.*s%s:%u", six ? "[" : "", STR_ARG(address), six ? "]" : "",
                   ask->to.port);
    return append(&t->connect, to) &&
           curl_easy_setopt(t->curl, CURLOPT_CONNECT_TO, t->connect) == CURLE_OK;
}

static bool set_from(struct transfer *t, const struct transfer_ask *ask)
{
    char ip[ADDR_TEXT], text[SHORT];
    if (ask->from.family == 0 || addr_unset(ask->from)) {
        return true;
    }
    (void)snprintf(text, sizeof text, "host!%.*s", STR_ARG(addr_write(ask->from, ip)));
    return curl_easy_setopt(t->curl, CURLOPT_INTERFACE, text) == CURLE_OK;
}

static bool set_login(struct transfer *t, const struct transfer_ask *ask)
{
    char text[LINE];
    if (ask->user.len == 0) {
        return true;
    }
    bool ok = z(text, sizeof text, ask->user) &&
              curl_easy_setopt(t->curl, CURLOPT_USERNAME, text) == CURLE_OK &&
              z(text, sizeof text, ask->secret) &&
              curl_easy_setopt(t->curl, CURLOPT_PASSWORD, text) == CURLE_OK;
    OPENSSL_cleanse(text, sizeof text);
    return ok && curl_easy_setopt(t->curl, CURLOPT_HTTPAUTH,
                                  (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST)) == CURLE_OK;
}

static bool set_common(struct transfer *t, const struct transfer_ask *ask)
{
    CURL *c = t->curl;
    return curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,tftp") == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)ask->wait) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)ask->wait) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)BUFFER) == CURLE_OK &&
           /* The next one is another phone's. */
           curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->text) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_PRIVATE, t) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, on_debug) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_DEBUGDATA, t) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_VERBOSE, t->on->head ? 1L : 0L) == CURLE_OK;
}

enum err transfer_set(struct transfer *t, const struct transfer_ask *ask)
{
    t->tftp = ask->scheme == TRANSFER_TFTP;
    t->body.limit = ask->most;
    t->received.limit = 64 * 1024;
    bool ok = set_common(t, ask) && set_target(t, ask) && set_from(t, ask);
    if (ok && !t->tftp) {
        ok = set_head(t, ask) && set_body(t, ask) && set_login(t, ask);
    }
    if (ok && ask->scheme == TRANSFER_HTTPS) {
        ok = set_tls(t, ask);
    }
    return ok ? ERR_OK : ERR_USAGE;
}
