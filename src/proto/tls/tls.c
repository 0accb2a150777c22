/* Records (RFC 8446 5.1, RFC 5246 6.2): a direction's bytes cut into them, whatever the cuts. */
#include "proto/tls/tls.h"

#include "proto/tls/tls_inside.h"

enum mode {
    MODE_HEAD,     /* the five bytes in front of a payload */
    MODE_MESSAGES, /* handshake messages in clear */
    MODE_ALERT,    /* in clear */
    MODE_PASS,     /* nothing in it can be read */
    MODE_SEALED,   /* to be decrypted when it is whole */
    MODE_IGNORE,   /* not TLS, or lost: for good */
};

void tls_emit(const struct flow *f, struct tls_event *e)
{
    e->offset = f->side->record_at;
    e->decrypted = f->decrypted;
    f->t->cfg->on(f->ctx, f->from_client, e);
}

static void ignore(struct tls_side *s)
{
    s->mode = MODE_IGNORE;
    buf_clear(&s->record);
    buf_clear(&s->message);
}

void tls_lost(const struct flow *f, size_t offset, const char *what, const char *rule)
{
    struct tls_event e = {.kind = TLS_LOST, .at = {offset, what, rule}};
    ignore(f->side);
    tls_emit(f, &e);
}

/* What stands at place `n` of a record's head (RFC 8446 5.1, RFC 5246 6.2.1). */
static bool head_may_be(const uint8_t *head, size_t n)
{
    switch (n) {
    case 0:
        return head[0] >= TLS_CONTENT_CHANGE_CIPHER && head[0] <= TLS_CONTENT_HEARTBEAT;
    case 1:
        return head[1] == 3;
    case 2:
        return head[2] <= 4;
    case 4:
        return (head[3] << 8 | head[4]) <= TLS_RECORD_MOST;
    default:
        return true;
    }
}

/* Whether the record at hand is encrypted. TLS 1.3 sends ChangeCipherSpec only for show (RFC 8446
 * D.4) and encrypts under the type of application data. */
static bool is_sealed(const struct tls *t, const struct tls_side *s)
{
    switch (s->head[0]) {
    case TLS_CONTENT_DATA:
        return true;
    case TLS_CONTENT_ALERT:
        return s->left != 2;
    case TLS_CONTENT_HANDSHAKE:
        return s->changed && t->version != TLS_1_3;
    default:
        return false;
    }
}

static void hidden_on(const struct flow *f, uint32_t len)
{
    struct tls_event e = {.kind = TLS_HIDDEN, .content = f->side->head[0], .len = len};
    if (e.content == TLS_CONTENT_ALERT) {
        e.kind = TLS_ALERT;
        e.alert.hidden = true;
    }
    tls_emit(f, &e);
}

static void alert_on(const struct flow *f, struct str two)
{
    struct tls_event e = {.kind = TLS_ALERT};
    e.alert.level = (uint8_t)two.p[0];
    e.alert.description = (uint8_t)two.p[1];
    tls_emit(f, &e);
}

static void change_on(const struct flow *f)
{
    struct tls_event e = {.kind = TLS_CHANGE_CIPHER};
    if (f->t->version == TLS_1_3) {
        return;
    }
    tls_seal_changed(f);
    f->side->changed = true;
    tls_emit(f, &e);
}

/* The head is there: what becomes of the payload. */
static enum mode payload_mode(const struct flow *f)
{
    struct tls_side *s = f->side;
    if (is_sealed(f->t, s)) {
        if (s->seal.on) {
            return MODE_SEALED;
        }
        hidden_on(f, s->left);
        return MODE_PASS;
    }
    switch (s->head[0]) {
    case TLS_CONTENT_HANDSHAKE:
        return MODE_MESSAGES;
    case TLS_CONTENT_ALERT:
        s->small_len = 0;
        return MODE_ALERT;
    case TLS_CONTENT_CHANGE_CIPHER:
        change_on(f);
        return MODE_PASS;
    default:
        return MODE_PASS;
    }
}

/* What was sealed, by its real type. */
static void opened_on(const struct flow *f, uint8_t type, struct str plain)
{
    struct tls_event e = {.kind = TLS_DATA, .body = plain};
    switch (type) {
    case TLS_CONTENT_HANDSHAKE:
        tls_messages_on(f, plain);
        break;
    case TLS_CONTENT_ALERT:
        if (plain.len == 2) {
            alert_on(f, plain);
        }
        break;
    case TLS_CONTENT_DATA:
        if (plain.len > 0) {
            tls_emit(f, &e);
        }
        break;
    default:
        break;
    }
}

static void sealed_on(const struct flow *f, struct str payload)
{
    uint8_t type;
    struct str plain;
    if (!tls_seal_open(f, payload, &type, &plain)) {
        hidden_on(f, (uint32_t)payload.len);
        return;
    }
    struct flow inner = *f;
    inner.decrypted = true;
    opened_on(&inner, type, plain);
}

/* The payload is complete. */
static void record_end(const struct flow *f)
{
    struct tls_side *s = f->side;
    if (s->mode == MODE_ALERT) {
        alert_on(f, str_of((const char *)s->small, s->small_len));
    }
    if (s->mode == MODE_SEALED && s->record.len > 0) {
        sealed_on(f, buf_str(&s->record));
        buf_clear(&s->record);
    }
    if (s->mode != MODE_IGNORE) {
        s->mode = MODE_HEAD;
        s->head_len = 0;
    }
}

static void head_on(const struct flow *f, char c)
{
    struct tls_side *s = f->side;
    if (s->head_len == 0) {
        s->record_at = s->offset;
    }
    s->head[s->head_len++] = (uint8_t)c;
    if (!head_may_be(s->head, s->head_len - 1U)) {
        struct tls_event e = {.kind = TLS_NOT_TLS};
        if (s->begun) {
            tls_lost(f, s->head_len - 1U, "no record begins here", "RFC 8446 5.1");
            return;
        }
        e.body = str_of((const char *)s->head, s->head_len);
        ignore(s);
        tls_emit(f, &e);
        return;
    }
    if (s->head_len < sizeof s->head) {
        return;
    }
    s->begun = true;
    s->left = (uint32_t)(s->head[3] << 8 | s->head[4]);
    s->mode = (uint8_t)payload_mode(f);
    if (s->left == 0) {
        record_end(f);
    }
}

/* Some bytes of the payload, at most as many as are left. */
static void payload_on(const struct flow *f, struct str part)
{
    struct tls_side *s = f->side;
    switch ((enum mode)s->mode) {
    case MODE_MESSAGES:
        tls_messages_on(f, part);
        break;
    case MODE_ALERT:
        memcpy(s->small + s->small_len, part.p, part.len);
        s->small_len = (uint8_t)(s->small_len + part.len);
        break;
    case MODE_SEALED:
        if (s->record.len == 0 && part.len == s->left) {
            sealed_on(f, part);
        } else if (buf_add(&s->record, part) != ERR_OK) {
            tls_lost(f, 0, "no memory for a record", NULL);
        }
        break;
    case MODE_HEAD:
    case MODE_PASS:
    case MODE_IGNORE:
        break;
    }
}

static struct flow flow_of(struct tls *t, bool from_client, void *ctx)
{
    return (struct flow){t, &t->side[from_client ? 0 : 1], from_client, false, ctx};
}

void tls_feed(struct tls *t, bool from_client, struct str bytes, void *ctx)
{
    struct flow f = flow_of(t, from_client, ctx);
    struct tls_side *s = f.side;
    while (bytes.len > 0 && s->mode != MODE_IGNORE) {
        if (s->mode == MODE_HEAD) {
            head_on(&f, bytes.p[0]);
            bytes = str_from(bytes, 1);
            s->offset++;
            continue;
        }
        struct str part = str_head(bytes, s->left);
        payload_on(&f, part);
        bytes = str_from(bytes, part.len);
        s->offset += part.len;
        s->left -= (uint32_t)part.len;
        if (s->left == 0) {
            record_end(&f);
        }
    }
    s->offset += bytes.len;
}

void tls_gap(struct tls *t, bool from_client, uint64_t n, void *ctx)
{
    struct flow f = flow_of(t, from_client, ctx);
    struct tls_side *s = f.side;
    bool inside = (s->mode == MODE_PASS || s->mode == MODE_SEALED) && n <= s->left;
    if (inside && s->mode == MODE_SEALED) {
        hidden_on(&f, (uint32_t)(s->head[3] << 8 | s->head[4]));
        buf_clear(&s->record);
        s->seal.seq++;
        s->mode = MODE_PASS;
    }
    if (inside) {
        s->left -= (uint32_t)n;
        if (s->left == 0) {
            record_end(&f);
        }
    } else if (s->mode != MODE_IGNORE) {
        tls_lost(&f, (size_t)(s->offset - s->record_at), "bytes are missing", NULL);
    }
    s->offset += n;
}

void tls_init(struct tls *t, const struct tls_cfg *cfg)
{
    *t = (struct tls){.cfg = cfg};
    for (size_t i = 0; i < 2; i++) {
        t->side[i].record.limit = TLS_RECORD_MOST;
        t->side[i].message.limit = TLS_MESSAGE_MOST;
    }
}

void tls_clear(struct tls *t)
{
    for (size_t i = 0; i < 2; i++) {
        ignore(&t->side[i]);
    }
}

size_t tls_memory(const struct tls *t)
{
    size_t n = 0;
    for (size_t i = 0; i < 2; i++) {
        n += t->side[i].record.cap + t->side[i].message.cap;
    }
    return n;
}

enum err tls_sniff(struct str bytes)
{
    const uint8_t *p = (const uint8_t *)bytes.p;
    for (size_t i = 0; i < bytes.len && i < 5; i++) {
        if (!head_may_be(p, i)) {
            return ERR_MALFORMED;
        }
    }
    if (bytes.len > 0 && p[0] != TLS_CONTENT_HANDSHAKE) {
        return ERR_MALFORMED;
    }
    if (bytes.len > 5) {
        return p[5] == 1 ? ERR_OK : ERR_MALFORMED;
    }
    return ERR_MORE;
}
