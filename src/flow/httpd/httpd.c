/* One connection: which request is at hand, how far it has come, what is waited for. */
#include "flow/httpd/httpd.h"

enum {
    FIRST_LOOK = 64, /* bytes by which another protocol shows itself */
    EMPTY_LINES_MOST = 2,
};

static const usec_t sending_grace = 30 * USEC_S;

void httpd_init(struct httpd *h, const struct httpd_limits *limits, usec_t now)
{
    *h = (struct httpd){.limits = limits, .since = now, .due = now + limits->head};
}

static enum httpd_step refuse(struct httpd *h, unsigned status, const char *why)
{
    h->state = HTTPD_ENDED;
    h->close = true;
    h->status = status;
    h->why = why;
    return HTTPD_REFUSE;
}

/* -- Heads */

/* Whether `in` holds the end of a head, or a line that ends as none may: then it is worth reading. */
static bool worth_reading(struct httpd *h, struct str in)
{
    size_t at = h->scanned > 3 ? h->scanned - 3 : 0;
    h->scanned = in.len;
    for (size_t n; (n = str_chr(str_from(in, at), '\n')) != STR_NPOS; at += n + 1) {
        size_t line = at + n;
        if (line == 0 || in.p[line - 1] != '\r' ||
            str_starts(str_from(in, line + 1), STR("\r\n"))) {
            return true;
        }
    }
    return false;
}

/* Whether what is wrong at `offset` is the version of a request: " HTTP/2.0". */
static bool other_version(struct str in, size_t offset)
{
    struct str s = str_from(in, offset > 0 ? offset - 1 : 0);
    return offset > 0 && s.p && s.len >= 9 && str_starts(s, STR(" HTTP/")) && ascii_digit(s.p[6]) &&
           s.p[6] != '1' && s.p[7] == '.' && ascii_digit(s.p[8]);
}

static enum httpd_step refuse_head(struct httpd *h, enum err e, const struct err_at *at,
                                   struct str in)
{
    if (e == ERR_LIMIT) {
        return str_chr(in, '\n') == STR_NPOS ? refuse(h, 414, "the target is too long")
                                             : refuse(h, 431, "the head is too long");
    }
    return other_version(in, at->offset) ? refuse(h, 505, "a version of HTTP that is not 1")
                                         : refuse(h, 400, at->what);
}

/* Unfinished, but is it a request at all? */
static enum httpd_step unfinished(struct httpd *h, struct str in, struct http_head *head,
                                  bool before)
{
    struct err_at at;
    if (!before) {
        return HTTPD_MORE;
    }
    struct str first = str_head(in, FIRST_LOOK);
    enum err e = http_head_read(first, head, &at);
    return e == ERR_MALFORMED ? refuse_head(h, e, &at, first) : HTTPD_MORE;
}

static enum httpd_step head_check(struct httpd *h, const struct http_head *head)
{
    struct err_at at;
    if (!head->request) {
        return refuse(h, 400, "a response where a request belongs");
    }
    if (http_request_check(head, &at) != ERR_OK) {
        return refuse(h, 400, at.what);
    }
    const struct http_field *coding = http_find(head, HTTP_TRANSFER_ENCODING);
    if (coding && (http_find_next(head, coding) || !str_ieq(coding->value, STR("chunked")))) {
        return refuse(h, 501, "a transfer coding other than chunked");
    }
    const struct http_field *expect = http_find(head, HTTP_EXPECT);
    if (expect && !str_ieq(expect->value, STR("100-continue"))) {
        return refuse(h, 417, "an expectation other than 100-continue");
    }
    h->expects = expect != NULL && head->minor > 0;
    return HTTPD_HEAD;
}

/* A whole head stands at the front of `in`. */
static enum httpd_step head_take(struct httpd *h, struct str *in, const struct http_head *head)
{
    h->requests++;
    h->scanned = 0;
    h->answering = false;
    h->old = head->minor == 0;
    h->close = head->close || h->last || h->requests >= h->limits->requests;
    if (head_check(h, head) == HTTPD_REFUSE) {
        return HTTPD_REFUSE;
    }
    *in = str_from(*in, head->len);
    http_body_init(&h->body, head, head->method);
    h->has_body = h->body.kind == HTTP_BODY_CHUNKED || h->body.left > 0;
    h->expects = h->expects && h->has_body && in->len == 0;
    h->state = h->has_body ? HTTPD_ASKED : HTTPD_READ;
    h->due = h->since + h->limits->request;
    return HTTPD_HEAD;
}

/* Before a head (RFC 9112 2.2). False: too many. */
static bool empty_lines_pass(struct httpd *h, struct str *in)
{
    while (h->state == HTTPD_IDLE && str_starts(*in, STR("\r\n"))) {
        if (h->empty_lines++ == EMPTY_LINES_MOST) {
            return false;
        }
        *in = str_from(*in, 2);
    }
    return true;
}

static enum httpd_step head_next(struct httpd *h, struct str *in, usec_t now,
                                 struct http_head *head)
{
    if (!empty_lines_pass(h, in)) {
        return refuse(h, 400, "empty lines where a request belongs");
    }
    if (str_eq(*in, STR("\r"))) {
        return HTTPD_MORE;
    }
    struct err_at at;
    bool before = h->scanned < FIRST_LOOK;
    struct str text = str_head(*in, h->limits->head_most);
    if (h->state == HTTPD_IDLE && in->len > 0) {
        h->due = h->requests == 0 ? h->due : now + h->limits->head;
        h->since = now;
        h->state = HTTPD_READING;
    }
    bool too_long = in->len >= h->limits->head_most;
    if (!worth_reading(h, text) && !too_long) {
        return unfinished(h, *in, head, before);
    }
    enum err e = http_head_read(text, head, &at);
    if (e == ERR_MORE && too_long) {
        e = ERR_LIMIT;
    }
    if (e != ERR_OK) {
        return e == ERR_MORE || e == ERR_END ? HTTPD_MORE : refuse_head(h, e, &at, text);
    }
    return head_take(h, in, head);
}

/* -- Bodies */

uint64_t httpd_length(const struct httpd *h)
{
    return !h->has_body                        ? 0
           : h->body.kind == HTTP_BODY_CHUNKED ? HTTPD_UNKNOWN
                                               : h->body.left + h->body.seen;
}

bool httpd_has_all(const struct httpd *h)
{
    return h->state != HTTPD_ASKED && h->state != HTTPD_BODY;
}

/* The grace, and a second for every `rate` bytes; a body that is gathered also within its request's time. */
static void body_due(struct httpd *h)
{
    const struct httpd_limits *l = h->limits;
    usec_t due = h->since + l->body + (usec_t)(h->body.seen / l->rate) * USEC_S;
    usec_t whole = h->since + l->request;
    h->due = h->streamed || due < whole ? due : whole;
}

bool httpd_want(struct httpd *h, uint64_t most, bool streamed, usec_t now)
{
    bool goes_on = h->expects;
    if (h->state == HTTPD_READ && !h->has_body) {
        h->state = HTTPD_BODY; /* of no bytes: its end is told */
        return false;
    }
    if (h->state != HTTPD_ASKED) {
        return false;
    }
    h->state = HTTPD_BODY;
    h->body_most = most;
    h->streamed = streamed;
    h->since = streamed ? now : h->since;
    body_due(h);
    bool too_long = h->body.kind == HTTP_BODY_LENGTH && h->body.left > most;
    h->expects = too_long && h->expects;
    return goes_on && !too_long;
}

static enum httpd_step body_broken(struct httpd *h, enum err e, const struct err_at *at)
{
    return e == ERR_LIMIT ? refuse(h, 400, "a chunk's line is too long") : refuse(h, 400, at->what);
}

/* By what came, and by what a length or the size of the chunk at hand says of the rest. */
static bool body_too_long(const struct httpd *h)
{
    return h->body.seen > h->body_most || h->body.left > h->body_most - h->body.seen;
}

static enum httpd_step body_next(struct httpd *h, struct str *in, usec_t now, struct str *ret_piece)
{
    struct err_at at;
    if (h->body.kind == HTTP_BODY_LENGTH && h->has_body && body_too_long(h)) {
        return refuse(h, 413, "the body is too long");
    }
    enum err e = http_body_next(&h->body, in, ret_piece, &at);
    if (e == ERR_OK && body_too_long(h)) {
        return refuse(h, 413, "the body is too long");
    }
    if (e == ERR_OK || e == ERR_MORE) {
        body_due(h);
        return e == ERR_OK ? HTTPD_PIECE : HTTPD_MORE;
    }
    if (e != ERR_END) {
        return body_broken(h, e, &at);
    }
    h->state = HTTPD_READ;
    h->since = h->streamed ? now : h->since;
    h->due = h->since + h->limits->request;
    return HTTPD_WHOLE;
}

/* Ready for the next request. */
static void begin_anew(struct httpd *h, usec_t now)
{
    h->state = HTTPD_IDLE;
    h->answering = h->has_body = h->streamed = h->expects = false;
    h->scanned = h->empty_lines = 0;
    h->since = now;
    h->due = now + h->limits->idle;
}

/* A body that nobody wants, behind its answer; its length is known. */
static enum httpd_step passed_next(struct httpd *h, struct str *in, usec_t now,
                                   struct http_head *head)
{
    struct err_at at;
    struct str piece;
    enum err e = ERR_OK;
    if (h->answering) {
        return HTTPD_HOLD;
    }
    while (e == ERR_OK) {
        e = http_body_next(&h->body, in, &piece, &at);
    }
    if (e != ERR_END) {
        return HTTPD_MORE;
    }
    begin_anew(h, now);
    return head_next(h, in, now, head);
}

enum httpd_step httpd_next(struct httpd *h, struct str *in, usec_t now, struct http_head *ret_head,
                           struct str *ret_piece)
{
    switch ((enum httpd_state)h->state) {
    case HTTPD_IDLE:
    case HTTPD_READING:
        return head_next(h, in, now, ret_head);
    case HTTPD_ASKED:
    case HTTPD_READ:
        return HTTPD_HOLD;
    case HTTPD_BODY:
        return body_next(h, in, now, ret_piece);
    case HTTPD_PASSED:
        return passed_next(h, in, now, ret_head);
    case HTTPD_ENDED:
        break;
    }
    return HTTPD_OVER;
}

/* -- Answers */

/* Whether what is still to come of the body is worth its reading: little, of known length, and surely sent. */
static bool can_pass(const struct httpd *h)
{
    return !h->expects && h->body.kind == HTTP_BODY_LENGTH && h->body.left <= HTTPD_PASS_MOST;
}

bool httpd_begin(struct httpd *h, uint64_t len, usec_t now)
{
    h->answering = true;
    if (h->state == HTTPD_ASKED || h->state == HTTPD_BODY) {
        bool passed = !h->has_body || can_pass(h);
        h->close = h->close || !passed;
        h->state = passed && h->has_body ? HTTPD_PASSED : passed ? HTTPD_READ : HTTPD_ENDED;
    }
    h->close = h->close || h->last || (h->old && len == HTTPD_UNKNOWN);
    h->since = now;
    h->due = len == HTTPD_UNKNOWN ? USEC_NONE
                                  : now + sending_grace + (usec_t)(len / h->limits->rate) * USEC_S;
    return h->close;
}

bool httpd_answered(struct httpd *h, usec_t now)
{
    h->answering = false;
    if (h->close || h->state == HTTPD_ENDED) {
        h->state = HTTPD_ENDED;
        h->due = USEC_NONE;
        return false;
    }
    if (h->state == HTTPD_PASSED) {
        h->since = now;
        h->due = now + h->limits->body;
        return true;
    }
    begin_anew(h, now);
    return true;
}

bool httpd_close_soon(struct httpd *h)
{
    h->last = true;
    if (h->state != HTTPD_IDLE) {
        return false;
    }
    h->state = HTTPD_ENDED;
    h->due = USEC_NONE;
    return true;
}

/* -- Deadlines */

static enum httpd_late give_up(struct httpd *h, unsigned status, const char *why,
                               enum httpd_late late)
{
    (void)refuse(h, status, why);
    return late;
}

enum httpd_late httpd_on_time(struct httpd *h, usec_t now)
{
    if (h->due == USEC_NONE || now < h->due) {
        return HTTPD_NOT_LATE;
    }
    h->due = USEC_NONE;
    if (h->answering) {
        h->state = HTTPD_ENDED;
        return HTTPD_LATE_SENDING;
    }
    switch ((enum httpd_state)h->state) {
    case HTTPD_READING:
        return give_up(h, 408, "the head did not come in time", HTTPD_LATE_REQUEST);
    case HTTPD_BODY:
        return give_up(h, 408, "the body did not come in time", HTTPD_LATE_BODY);
    case HTTPD_ASKED:
    case HTTPD_READ:
        return give_up(h, 503, "the answer was not there in time", HTTPD_LATE_ANSWER);
    case HTTPD_IDLE:
    case HTTPD_PASSED:
    case HTTPD_ENDED:
        break;
    }
    h->state = HTTPD_ENDED;
    return HTTPD_LATE_IDLE;
}
