/* Hosts of a capture, and their facts: kept small until the capture has been read. */
#include <stdio.h>

#include "flow/capture/inside.h"

enum { TEXT_MOST = 300 };

static unsigned bucket_of(struct addr ip)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < sizeof ip.b; i++) {
        h = (h ^ ip.b[i]) * 16777619U;
    }
    return h % BUCKETS;
}

struct host *host_find(const struct capture *c, struct addr ip)
{
    for (struct host *h = c->bucket[bucket_of(ip)]; h; h = h->by_ip) {
        if (addr_eq(h->ip, ip)) {
            return h;
        }
    }
    return NULL;
}

void host_address(struct capture *c, struct host *h, struct addr ip)
{
    if (addr_unset(ip) || addr_eq(h->ip, ip)) {
        return;
    }
    struct host **at = &c->bucket[bucket_of(h->ip)];
    while (*at && *at != h) {
        at = &(*at)->by_ip;
    }
    if (*at) {
        *at = h->by_ip;
    }
    c->n_nameless -= h->ip.family == 0;
    unsigned b = bucket_of(ip);
    h->ip = ip;
    h->by_ip = c->bucket[b];
    c->bucket[b] = h;
}

static struct host *add(struct capture *c, const struct mac *mac)
{
    struct host *h = c->n_hosts < CAPTURE_HOSTS ? arena_alloc(&c->arena, sizeof *h) : NULL;
    if (!h) {
        c->left_out++;
        return NULL;
    }
    if (mac) {
        h->mac = *mac;
        h->has_mac = true;
    }
    if (c->last) {
        c->last->next = h;
    } else {
        c->hosts = h;
    }
    c->last = h;
    c->n_hosts++;
    c->n_nameless++;
    return h;
}

/* The host that asked DHCP for an address and was not heard with one yet. */
static struct host *without_address(const struct capture *c, struct mac mac)
{
    for (struct host *h = c->n_nameless ? c->hosts : NULL; h; h = h->next) {
        if (h->ip.family == 0 && h->has_mac && mac_eq(h->mac, mac)) {
            return h;
        }
    }
    return NULL;
}

struct host *host_of(struct capture *c, struct addr ip, const struct mac *mac)
{
    struct host *h = host_find(c, ip);
    if (h || addr_unset(ip)) {
        return h;
    }
    h = mac ? without_address(c, *mac) : NULL;
    h = h ? h : add(c, mac);
    if (h) {
        host_address(c, h, ip);
    }
    return h;
}

struct host *host_of_mac(struct capture *c, struct mac mac)
{
    for (struct host *h = c->hosts; h; h = h->next) {
        if (h->has_mac && mac_eq(h->mac, mac)) {
            return h;
        }
    }
    return add(c, &mac);
}

bool host_shares_mac(const struct capture *c, const struct host *h)
{
    for (const struct host *o = c->hosts; o; o = o->next) {
        if (o != h && o->has_mac && mac_eq(o->mac, h->mac) && o->ip.family == h->ip.family) {
            return true;
        }
    }
    return false;
}

/* "10:21:46.000123 192.0.2.10:40000 > 192.0.2.53:53 DNS ..." */
static size_t write_text(const struct wire_at *at, struct str info, char text[TEXT_MOST],
                         size_t *ret_col)
{
    char src[ENDPOINT_TEXT];
    char dst[ENDPOINT_TEXT];
    usec_t tod = ((at->time % USEC_DAY) + USEC_DAY) % USEC_DAY;
    (void)endpoint_write(at->src, src);
    (void)endpoint_write(at->dst, dst);
    int n = at->time == USEC_NONE
                ? snprintf(text, TEXT_MOST, "%s > %s ", src, dst)
                : snprintf(text, TEXT_MOST, "%02d:%02d:%02d.%06d %s > %s ",
                           (int)(tod / (3600 * USEC_S)), (int)(tod / (60 * USEC_S) % 60),
                           (int)(tod / USEC_S % 60), (int)(tod % USEC_S), src, dst);
    size_t len = n > 0 ? (size_t)n : 0;
    *ret_col = len;
    info = str_head(info, TEXT_MOST - len);
    memcpy(text + len, info.p ? info.p : "", info.len);
    return len + info.len;
}

struct field_head {
    uint16_t field, len;
};

static struct kept *pack(struct arena *a, const struct wire_at *at, const struct fact *f,
                         struct str info)
{
    char text[TEXT_MOST];
    size_t col = 0;
    size_t text_len = at->frame ? write_text(at, info, text, &col) : 0;
    size_t size = sizeof(struct kept) + f->n * sizeof(struct field_head) + text_len;
    for (unsigned i = 0; i < f->n; i++) {
        size += str_head(f->f[i].v, UINT16_MAX).len;
    }
    struct kept *k = arena_alloc(a, size);
    if (!k) {
        return NULL;
    }
    k->time = at->time;
    k->frame = at->frame > UINT32_MAX ? UINT32_MAX : (uint32_t)at->frame;
    k->kind = f->kind;
    k->stage = f->stage;
    k->n = f->n;
    k->col = (uint16_t)col;
    k->text_len = (uint16_t)text_len;
    k->len = (uint16_t)(text_len - col);
    struct field_head *head = (struct field_head *)(k + 1);
    char *p = (char *)(head + f->n);
    for (unsigned i = 0; i < f->n; i++) {
        struct str v = str_head(f->f[i].v, UINT16_MAX);
        head[i] = (struct field_head){.field = f->f[i].field, .len = (uint16_t)v.len};
        memcpy(p, v.p, v.len);
        p += v.len;
    }
    memcpy(p, text, text_len);
    return k;
}

void host_tell(struct capture *c, struct host *h, const struct wire_at *at, const struct fact *f,
               struct str info)
{
    struct kept *k = pack(&c->arena, at, f, info);
    if (!k) {
        c->left_out++;
        return;
    }
    /* Nearly always the last: what is concluded late of an earlier packet goes to its place. */
    struct kept *before = h->last;
    while (before && k->time != USEC_NONE && before->time > k->time) {
        before = before->before;
    }
    k->before = before;
    k->next = before ? before->next : h->first;
    if (k->next) {
        k->next->before = k;
    } else {
        h->last = k;
    }
    if (before) {
        before->next = k;
    } else {
        h->first = k;
    }
    h->n_facts++;
}

static struct fact unpack(const struct capture *c, const struct kept *k, const struct mark *m)
{
    struct fact f;
    const struct field_head *head = (const struct field_head *)(k + 1);
    const char *p = (const char *)(head + k->n);
    fact_init(&f, (enum fact_kind)k->kind);
    f.stage = k->stage;
    f.source = SOURCE_CAPTURE;
    f.order = m->order;
    f.tod = m->tod;
    for (unsigned i = 0; i < k->n; i++) {
        fact_add(&f, (enum field)head[i].field, str_of(p, head[i].len));
        p += head[i].len;
    }
    f.text = str_of(p, k->text_len);
    f.place = (struct place){.file = c->file, .line = k->frame, .col = k->col, .len = k->len};
    return f;
}

static struct mark mark_of(const struct capture *c, const struct kept *k, uint32_t order)
{
    struct mark m = {.file = c->file,
                     .line = k->frame,
                     .order = order,
                     .source = SOURCE_CAPTURE,
                     .tod = USEC_NONE};
    if (k->time != USEC_NONE && k->time >= 0) {
        int year = 0;
        int month = 0;
        int day = 0;
        time_civil(k->time / USEC_DAY, &year, &month, &day);
        m.tod = k->time % USEC_DAY;
        m.year = (uint16_t)year;
        m.month = (uint8_t)month;
        m.day = (uint8_t)day;
    }
    return m;
}

void host_hand_over(const struct capture *c, struct host *h, const struct capture_sink *sink,
                    uint32_t *order)
{
    uint32_t seen = 0;
    for (const struct kept *k = h->first; k; k = k->next) {
        struct mark m = mark_of(c, k, ++*order);
        m.line = k->frame ? k->frame : seen;
        seen = m.line;
        struct fact f = unpack(c, k, &m);
        sink->mark(sink->ctx, &m);
        sink->fact(sink->ctx, &f);
    }
}
