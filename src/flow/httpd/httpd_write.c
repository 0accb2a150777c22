/* Heads of answers, written without a format. */
#include "flow/httpd/httpd_write.h"

struct status {
    unsigned number;
    struct str line; /* "200 OK" */
};

#define STATUS(n, words)          \
    {                             \
        n, STR_INIT(#n " " words) \
    }

static const struct status statuses[] = {
    STATUS(200, "OK"),
    STATUS(304, "Not Modified"),
    STATUS(201, "Created"),
    STATUS(202, "Accepted"),
    STATUS(204, "No Content"),
    STATUS(301, "Moved Permanently"),
    STATUS(302, "Found"),
    STATUS(303, "See Other"),
    STATUS(307, "Temporary Redirect"),
    STATUS(308, "Permanent Redirect"),
    STATUS(400, "Bad Request"),
    STATUS(401, "Unauthorized"),
    STATUS(403, "Forbidden"),
    STATUS(404, "Not Found"),
    STATUS(405, "Method Not Allowed"),
    STATUS(406, "Not Acceptable"),
    STATUS(408, "Request Timeout"),
    STATUS(409, "Conflict"),
    STATUS(410, "Gone"),
    STATUS(411, "Length Required"),
    STATUS(412, "Precondition Failed"),
    STATUS(413, "Content Too Large"),
    STATUS(414, "URI Too Long"),
    STATUS(415, "Unsupported Media Type"),
    STATUS(417, "Expectation Failed"),
    STATUS(421, "Misdirected Request"),
    STATUS(422, "Unprocessable Content"),
    STATUS(428, "Precondition Required"),
    STATUS(429, "Too Many Requests"),
    STATUS(431, "Request Header Fields Too Large"),
    STATUS(500, "Internal Server Error"),
    STATUS(501, "Not Implemented"),
    STATUS(502, "Bad Gateway"),
    STATUS(503, "Service Unavailable"),
    STATUS(504, "Gateway Timeout"),
    STATUS(505, "HTTP Version Not Supported"),
    STATUS(507, "Insufficient Storage"),
};

static const struct status *status_of(unsigned number)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        if (statuses[i].number == number) {
            return &statuses[i];
        }
    }
    return NULL;
}

const char *httpd_reason(unsigned status)
{
    const struct status *s = status_of(status);
    return s ? s->line.p + 4 : "Status";
}

/* Room that is filled; what does not fit is only counted. */
struct pen {
    char *room;
    size_t cap, len;
};

static void put(struct pen *w, struct str s)
{
    if (s.len > 0 && s.len <= w->cap && w->len <= w->cap - s.len) {
        memcpy(w->room + w->len, s.p, s.len);
    }
    w->len += s.len;
}

static void put_line(struct pen *w, struct str name, struct str value)
{
    put(w, name);
    put(w, value);
    put(w, STR("\r\n"));
}

struct str httpd_etag_gzip(struct str etag, char *room, size_t cap)
{
    if (etag.len < 2 || etag.len + 3 > cap) {
        return str_of(NULL, 0);
    }
    memcpy(room, etag.p, etag.len - 1);
    memcpy(room + etag.len - 1, "-gz\"", 4);
    return str_of(room, etag.len + 3);
}

static void put_status(struct pen *w, unsigned number)
{
    char digits[STR_NUMBER];
    const struct status *s = status_of(number);
    put(w, STR("HTTP/1.1 "));
    put(w, s ? s->line : str_number(digits, number));
    put(w, s ? STR("\r\n") : STR(" Status\r\n"));
}

static void put_etag(struct pen *w, const struct httpd_head *a)
{
    put(w, STR("ETag: "));
    put(w, str_head(a->etag, a->etag.len - 1));
    put(w, a->gzip ? STR("-gz\"\r\n") : STR("\"\r\n"));
}

/* How the body is framed, and what becomes of the connection (RFC 9112 6, 9.3). */
static void put_framing(struct pen *w, const struct httpd_head *a)
{
    char digits[STR_NUMBER];
    bool bare = a->status == 204 || a->status == 304;
    if (!bare && a->length != HTTPD_UNKNOWN) {
        put_line(w, STR("Content-Length: "), str_number(digits, (int64_t)a->length));
    } else if (!bare && a->minor > 0) {
        put(w, STR("Transfer-Encoding: chunked\r\n"));
    }
    if (a->close) {
        put(w, STR("Connection: close\r\n"));
    } else if (a->minor == 0) {
        put(w, STR("Connection: keep-alive\r\n"));
    }
}

size_t httpd_head_write(const struct httpd_head *a, char *room, size_t cap)
{
    struct pen w = {room, cap, 0};
    put_status(&w, a->status);
    put(&w, a->date);
    if (a->type) {
        put_line(&w, STR("Content-Type: "), str_z(a->type));
    }
    put_framing(&w, a);
    if (a->etag.len > 1) {
        put_etag(&w, a);
    }
    if (a->gzip) {
        put(&w, STR("Content-Encoding: gzip\r\n"));
    }
    if (a->vary) {
        put(&w, STR("Vary: Accept-Encoding\r\n"));
    }
    put(&w, a->fields);
    put(&w, a->standing);
    put(&w, STR("\r\n"));
    return w.len <= cap ? w.len : 0;
}

/* -- Date and chunks */

static void two(char *p, int n)
{
    p[0] = (char)('0' + n / 10 % 10);
    p[1] = (char)('0' + n % 10);
}

struct str httpd_date(usec_t date, char room[HTTPD_DATE])
{
    static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
    int64_t seconds = date > 0 ? date / USEC_S : 0;
    int64_t day = seconds / 86400;
    int rest = (int)(seconds % 86400);
    int y;
    int m;
    int d;
    time_civil(day, &y, &m, &d);
    memcpy(room, "Date: xxx, 00 xxx 0000 00:00:00 GMT\r\n", 37);
    memcpy(room + 6, days + day % 7 * 3, 3);
    two(room + 11, d);
    memcpy(room + 14, time_month_name(m), 3);
    two(room + 18, y / 100);
    two(room + 20, y % 100);
    two(room + 23, rest / 3600);
    two(room + 26, rest / 60 % 60);
    two(room + 29, rest % 60);
    return str_of(room, 37);
}

struct str httpd_chunk(size_t len, char room[HTTPD_CHUNK])
{
    size_t at = HTTPD_CHUNK - 2;
    memcpy(room + at, "\r\n", 2);
    do {
        room[--at] = "0123456789abcdef"[len & 15];
        len >>= 4;
    } while (len > 0 && at > 0);
    return str_of(room + at, HTTPD_CHUNK - at);
}
