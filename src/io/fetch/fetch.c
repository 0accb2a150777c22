/* Requests by libcurl. */
#include "io/fetch/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/fetch/inside.h"

struct transfer {
    const struct fetch_cfg *cfg;
    const struct fetch_ask *ask;
    struct fetch_answer *a;
    CURL *curl;
    struct curl_slist *resolve, *fields;
    struct fetch_watch watch;
    bool memory; /* there was none for the body */
};

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    size_t len = size * n;
    size_t room = t->ask->body_most - t->a->body.len;
    if (buf_add(&t->a->body, str_of(p, len < room ? len : room)) != ERR_OK) {
        t->memory = true;
        return 0;
    }
    t->a->cut = len > room;
    return t->a->cut ? 0 : len;
}

static void field_set(char to[FETCH_FIELD], struct str value)
{
    value = str_head(value, FETCH_FIELD - 1);
    memcpy(to, value.p, value.len);
    to[value.len] = '\0';
}

/* A line of the head; a status line begins it anew (100 Continue comes before the answer). */
static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    struct fetch_answer *a = t->a;
    struct str line = str_trim(str_of(p, size * n));
    if (str_starts(line, STR("HTTP/"))) {
        (void)str_word(&line);
        (void)str_word(&line);
        a->type[0] = a->server[0] = a->via[0] = a->challenge[0] = a->cookie[0] = '\0';
        field_set(a->reason, str_trim(line));
        return size * n;
    }
    struct str name = str_cut(&line, ':');
    line = str_trim(line);
    if (str_ieq(name, STR("Content-Type"))) {
        field_set(a->type, line);
    } else if (str_ieq(name, STR("Server"))) {
        field_set(a->server, line);
    } else if (str_ieq(name, STR("Via"))) {
        field_set(a->via, line);
    } else if (str_ieq(name, STR("Set-Cookie"))) {
        field_set(a->cookie, line);
    } else if (str_ieq(name, STR("WWW-Authenticate")) || str_ieq(name, STR("Proxy-Authenticate"))) {
        field_set(a->challenge, line);
    }
    return size * n;
}

static CURLcode on_context(CURL *curl, void *ssl_ctx, void *ctx)
{
    struct transfer *t = ctx;
    (void)curl;
    fetch_watch_set(ssl_ctx, &t->watch);
    return CURLE_OK;
}

/* A socket, when it is for the address that was given; whatever the library came to want. */
static curl_socket_t on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
    const struct transfer *t = ctx;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    struct addr a = {0};
    if (to->family == AF_INET && to->addrlen >= sizeof in4) {
        memcpy(&in4, &to->addr, sizeof in4);
        a = addr_of(&in4.sin_addr, 4);
    } else if (to->family == AF_INET6 && to->addrlen >= sizeof in6) {
        memcpy(&in6, &to->addr, sizeof in6);
        a = addr_of(&in6.sin6_addr, 16);
    }
    if (purpose != CURLSOCKTYPE_IPCXN || !addr_eq(a, t->ask->at.ip)) {
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static enum err part(CURLU *u, CURLUPart what, unsigned flags, char *to, size_t cap)
{
    char *text = NULL;
    bool ok = curl_url_get(u, what, &text, flags) == CURLUE_OK && strlen(text) < cap;
    if (ok) {
        (void)snprintf(to, cap, "%s", text);
    }
    curl_free(text);
    return ok ? ERR_OK : ERR_USAGE;
}

static enum err url_parts(CURLU *u, struct fetch_url *url)
{
    char scheme[16];
    char port[8];
    char path[FETCH_URL];
    char query[FETCH_URL];
    uint64_t n = 0;
    if (part(u, CURLUPART_SCHEME, 0, scheme, sizeof scheme) != ERR_OK ||
        part(u, CURLUPART_HOST, 0, url->host, sizeof url->host) != ERR_OK ||
        part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof port) != ERR_OK ||
        part(u, CURLUPART_PATH, 0, path, sizeof path) != ERR_OK || !str_u64(str_z(port), &n) ||
        n == 0 || n > UINT16_MAX) {
        return ERR_USAGE;
    }
    size_t len = strlen(url->host);
    if (url->host[0] == '[' && len > 2) {
        memmove(url->host, url->host + 1, len - 2);
        url->host[len - 2] = '\0';
    }
    url->port = (uint16_t)n;
    url->tls = str_eq(str_z(scheme), STR("https"));
    url->bare =
        str_eq(str_z(path), STR("/")) && part(u, CURLUPART_QUERY, 0, query, sizeof query) != ERR_OK;
    return url->tls || str_eq(str_z(scheme), STR("http")) ? ERR_OK : ERR_USAGE;
}

enum err fetch_url_read(const char *url, struct fetch_url *ret_url)
{
    CURLU *u = curl_url();
    struct fetch_url parts = {0};
    if (u == NULL) {
        return ERR_MEMORY;
    }
    enum err e =
        curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK ? url_parts(u, &parts) : ERR_USAGE;
    curl_url_cleanup(u);
    if (e == ERR_OK) {
        *ret_url = parts;
    }
    return e;
}

/* "example.com:443:192.0.2.1": the library asks no resolver. */
static bool resolve_set(struct transfer *t, const struct fetch_url *url)
{
    char line[sizeof url->host + ADDR_TEXT + 16];
    char at[ADDR_TEXT];
    struct addr literal;
    if (addr_read(str_z(url->host), &literal)) {
        return true;
    }
    struct str ip = addr_write(t->ask->at.ip, at);
    (void)snprintf(line, sizeof line, "%s:%u:%.*s", url->host, url->port, STR_ARG(ip));
    t->resolve = curl_slist_append(NULL, line);
    return t->resolve && curl_easy_setopt(t->curl, CURLOPT_RESOLVE, t->resolve) == CURLE_OK;
}

static long versions(const struct fetch_cfg *cfg)
{
    static const long least[] = {CURL_SSLVERSION_TLSv1_0, CURL_SSLVERSION_TLSv1_1,
                                 CURL_SSLVERSION_TLSv1_2, CURL_SSLVERSION_TLSv1_3};
    static const long most[] = {CURL_SSLVERSION_MAX_TLSv1_0, CURL_SSLVERSION_MAX_TLSv1_1,
                                CURL_SSLVERSION_MAX_TLSv1_2, CURL_SSLVERSION_MAX_TLSv1_3};
    unsigned low = cfg->minimum >= 0x0301 && cfg->minimum <= 0x0304 ? cfg->minimum - 0x0301 : 0;
    unsigned high = cfg->maximum >= 0x0301 && cfg->maximum <= 0x0304 ? cfg->maximum - 0x0301 : 3;
    return least[low] | most[high];
}

#define SET(option, value) (curl_easy_setopt(t->curl, CURLOPT_##option, value) == CURLE_OK)

static bool transport_set(struct transfer *t)
{
    const struct fetch_cfg *cfg = t->cfg;
    return SET(SSLVERSION, versions(cfg)) && SET(SSL_SESSIONID_CACHE, 0L) &&
           SET(SSL_CTX_FUNCTION, on_context) && SET(SSL_CTX_DATA, (void *)t) &&
           (cfg->ca_file == NULL || (SET(CAINFO, cfg->ca_file) && SET(CAPATH, NULL))) &&
           (cfg->cert_file == NULL ||
            (SET(SSLCERT, cfg->cert_file) &&
             SET(SSLKEY, cfg->key_file ? cfg->key_file : cfg->cert_file))) &&
           SET(PROXY, cfg->proxy ? cfg->proxy : "") && SET(NOPROXY, "") &&
           SET(SUPPRESS_CONNECT_HEADERS, 1L) && SET(OPENSOCKETFUNCTION, on_socket) &&
           SET(OPENSOCKETDATA, (void *)t) && SET(HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

static bool words_set(struct transfer *t)
{
    const struct fetch_ask *ask = t->ask;
    for (size_t i = 0; ask->fields && ask->fields[i]; i++) {
        struct curl_slist *more = curl_slist_append(t->fields, ask->fields[i]);
        if (!more) {
            return false;
        }
        t->fields = more;
    }
    return (!t->fields || SET(HTTPHEADER, t->fields)) &&
           (!ask->body.p || (SET(POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.len) &&
                             SET(POSTFIELDS, ask->body.p))) &&
           (!ask->method || SET(CUSTOMREQUEST, ask->method));
}

static bool request_set(struct transfer *t, char text[CURL_ERROR_SIZE])
{
    const struct fetch_ask *ask = t->ask;
    return words_set(t) && SET(URL, ask->url) && SET(PROTOCOLS_STR, "http,https") &&
           SET(FOLLOWLOCATION, 0L) && SET(NOSIGNAL, 1L) && SET(TIMEOUT_MS, (long)ask->wait_ms) &&
           SET(CONNECTTIMEOUT_MS, (long)ask->wait_ms) && SET(ERRORBUFFER, text) &&
           SET(USERAGENT, t->cfg->user_agent) && SET(WRITEFUNCTION, on_body) &&
           SET(WRITEDATA, (void *)t) && SET(HEADERFUNCTION, on_header) &&
           SET(HEADERDATA, (void *)t) && SET(FORBID_REUSE, 1L) && SET(NETRC, 0L);
}

#undef SET

int64_t fetch_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

static int64_t time_of(CURL *curl, CURLINFO what)
{
    curl_off_t us = 0;
    return curl_easy_getinfo(curl, what, &us) == CURLE_OK && us > 0 ? (int64_t)us : -1;
}

static void figures(struct transfer *t)
{
    struct fetch_answer *a = t->a;
    long status = 0;
    char *redirect = NULL;
    int64_t connect_us = time_of(t->curl, CURLINFO_CONNECT_TIME_T);
    a->connect_us = connect_us >= 0 ? connect_us : a->connect_us;
    a->tls_us = time_of(t->curl, CURLINFO_APPCONNECT_TIME_T);
    a->first_us = time_of(t->curl, CURLINFO_STARTTRANSFER_TIME_T);
    a->total_us = time_of(t->curl, CURLINFO_TOTAL_TIME_T);
    /* The library looks at its clock for the whole before it does for the last step. */
    const int64_t steps[] = {a->connect_us, a->tls_us, a->first_us};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        a->total_us = steps[i] > a->total_us ? steps[i] : a->total_us;
    }
    if (curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 0) {
        (void)curl_easy_getinfo(t->curl, CURLINFO_HTTP_CONNECTCODE, &status);
    }
    a->status = status > 0 ? (unsigned)status : 0;
    a->first_us = a->status ? a->first_us : -1;
    if (curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &redirect) == CURLE_OK && redirect) {
        (void)snprintf(a->redirect, sizeof a->redirect, "%s", redirect);
    }
}

static bool says(const struct fetch_answer *a, struct str words)
{
    return str_ifind(str_z(a->text), words) != STR_NPOS;
}

static enum fetch_fault connect_fault(const struct transfer *t)
{
    long error = 0;
    (void)curl_easy_getinfo(t->curl, CURLINFO_OS_ERRNO, &error);
    switch (error) {
    case ECONNREFUSED:
        return FETCH_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EACCES:
    case EPERM:
        return FETCH_UNREACHABLE;
    case ETIMEDOUT:
        return FETCH_TIMEOUT;
    default:
        return FETCH_OTHER;
    }
}

/* A transfer that broke off: the library's words tell how. */
static enum fetch_fault broken_fault(const struct fetch_answer *a, enum fetch_fault otherwise)
{
    if (a->alert >= 0) {
        return FETCH_ALERT;
    }
    if (says(a, STR("Connection reset")) || says(a, STR("ECONNRESET"))) {
        return FETCH_RESET;
    }
    if (says(a, STR("SSL_ERROR_SYSCALL")) || says(a, STR("SSL_ERROR_ZERO_RETURN")) ||
        says(a, STR("unexpected eof"))) {
        return FETCH_CLOSED;
    }
    if (says(a, STR("wrong version number")) || says(a, STR("http request")) ||
        says(a, STR("packet length too long"))) {
        return FETCH_NOT_TLS;
    }
    return otherwise;
}

static enum fetch_fault fault_of(const struct transfer *t, CURLcode code)
{
    const struct fetch_answer *a = t->a;
    switch (code) {
    case CURLE_OK:
        return FETCH_NO_FAULT;
    case CURLE_OPERATION_TIMEDOUT:
        return FETCH_TIMEOUT;
    case CURLE_COULDNT_CONNECT:
        return connect_fault(t);
    case CURLE_PEER_FAILED_VERIFICATION:
        return a->verify != 0 ? FETCH_UNTRUSTED : FETCH_NAME;
    case CURLE_SSL_CONNECT_ERROR:
        return broken_fault(a, FETCH_REJECTED);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return FETCH_CLOSED;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return broken_fault(a, FETCH_OTHER);
    default:
        return FETCH_OTHER;
    }
}

static enum err perform(struct transfer *t, const struct fetch_url *url)
{
    struct fetch_answer *a = t->a;
    char text[CURL_ERROR_SIZE] = "";
    if (!resolve_set(t, url) || !transport_set(t) || !request_set(t, text)) {
        return ERR_MEMORY;
    }
    t->watch = (struct fetch_watch){a, fetch_clock()};
    CURLcode code = curl_easy_perform(t->curl);
    if (code == CURLE_WRITE_ERROR && a->cut) {
        code = CURLE_OK;
    }
    if (code != CURLE_OK) {
        (void)snprintf(a->text, sizeof a->text, "%s", text[0] ? text : curl_easy_strerror(code));
    }
    a->code = (int)code;
    a->fault = fault_of(t, code);
    figures(t);
    fetch_chain_set(a);
    if (t->memory || code == CURLE_OUT_OF_MEMORY) {
        return ERR_MEMORY;
    }
    return code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_CERTPROBLEM ? ERR_USAGE : ERR_OK;
}

enum err fetch_get(const struct fetch_cfg *cfg, const struct fetch_ask *ask,
                   struct fetch_answer *ret_answer)
{
    struct transfer t = {.cfg = cfg, .ask = ask, .a = ret_answer};
    struct fetch_url url;
    *ret_answer = (struct fetch_answer){
        .alert = -1, .connect_us = -1, .tls_us = -1, .first_us = -1, .total_us = -1};
    enum err e = fetch_url_read(cfg->proxy ? cfg->proxy : ask->url, &url);
    if (e != ERR_OK) {
        (void)snprintf(ret_answer->text, sizeof ret_answer->text, "no URL of http or https");
        return e;
    }
    t.curl = curl_easy_init();
    e = t.curl ? perform(&t, &url) : ERR_MEMORY;
    curl_easy_cleanup(t.curl);
    curl_slist_free_all(t.resolve);
    curl_slist_free_all(t.fields);
    return e;
}

void fetch_answer_clear(struct fetch_answer *a)
{
    buf_clear(&a->body);
    buf_clear(&a->der);
}
