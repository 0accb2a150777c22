/* Writing DHCP messages. */
#include "proto/dhcp/dhcp_write.h"

enum {
    BOOTP_LEAST = 300,
    ETHERNET = 1,
    CHADDR_LEN = 16,
    SNAME_LEN = 64,
    FILE_LEN = 128,
    PIECE_MOST = 255,
    BROADCAST = 0x8000,
};

static void bytes_add(struct dhcp_writer *w, const void *p, size_t n)
{
    if (w->full || w->cap - w->len < n) {
        w->full = true;
        return;
    }
    if (n > 0) {
        memcpy(w->p + w->len, p, n);
    }
    w->len += n;
}

static void zeros_add(struct dhcp_writer *w, size_t n)
{
    if (w->full || w->cap - w->len < n) {
        w->full = true;
        return;
    }
    memset(w->p + w->len, 0, n);
    w->len += n;
}

static void number_add(struct dhcp_writer *w, size_t size, uint32_t n)
{
    uint8_t b[4];
    for (size_t i = 0; i < size; i++) {
        b[i] = (uint8_t)(n >> 8 * (size - 1 - i));
    }
    bytes_add(w, b, size);
}

/* An IPv4 address; 0.0.0.0 for any other. */
static void addr_add(struct dhcp_writer *w, struct addr a)
{
    static const uint8_t none[4];
    bytes_add(w, a.family == 4 ? a.b : none, 4);
}

/* `s`, cut so that a NUL follows, in a field of `n` bytes. */
static void field_add(struct dhcp_writer *w, struct str s, size_t n)
{
    struct str head = str_head(s, n - 1);
    bytes_add(w, head.p, head.len);
    zeros_add(w, n - head.len);
}

void dhcp_write_option(struct dhcp_writer *w, uint8_t code, struct str value)
{
    do {
        struct str piece = str_head(value, PIECE_MOST);
        number_add(w, 1, code);
        number_add(w, 1, (uint32_t)piece.len);
        bytes_add(w, piece.p, piece.len);
        value = str_from(value, piece.len);
    } while (value.len > 0);
}

void dhcp_write_number(struct dhcp_writer *w, uint8_t code, size_t size, uint32_t n)
{
    number_add(w, 1, code);
    number_add(w, 1, (uint32_t)size);
    number_add(w, size, n);
}

void dhcp_write_addrs(struct dhcp_writer *w, uint8_t code, const struct addr *a, size_t n)
{
    enum { MOST = PIECE_MOST / 4 };
    for (size_t i = 0; i < n; i++) {
        if (i % MOST == 0) {
            number_add(w, 1, code);
            number_add(w, 1, (uint32_t)(n - i < MOST ? n - i : MOST) * 4);
        }
        addr_add(w, a[i]);
    }
}

size_t dhcp_write_end(struct dhcp_writer *w)
{
    number_add(w, 1, DHCP_OPT_END);
    if (w->len < BOOTP_LEAST) {
        zeros_add(w, BOOTP_LEAST - w->len);
    }
    return w->full ? 0 : w->len;
}

struct fixed {
    enum dhcp_op op;
    uint8_t htype;
    uint8_t hops;
    uint32_t xid;
    uint16_t secs;
    bool broadcast;
    struct addr ciaddr, yiaddr, siaddr, giaddr;
    struct str chaddr, sname, file;
};

static void fixed_add(struct dhcp_writer *w, const struct fixed *f)
{
    static const uint8_t cookie[4] = {99, 130, 83, 99};
    number_add(w, 1, (uint32_t)f->op);
    number_add(w, 1, f->htype);
    number_add(w, 1, (uint32_t)f->chaddr.len);
    number_add(w, 1, f->hops);
    number_add(w, 4, f->xid);
    number_add(w, 2, f->secs);
    number_add(w, 2, f->broadcast ? BROADCAST : 0);
    addr_add(w, f->ciaddr);
    addr_add(w, f->yiaddr);
    addr_add(w, f->siaddr);
    addr_add(w, f->giaddr);
    bytes_add(w, f->chaddr.p, f->chaddr.len);
    zeros_add(w, CHADDR_LEN - f->chaddr.len);
    field_add(w, f->sname, SNAME_LEN);
    field_add(w, f->file, FILE_LEN);
    bytes_add(w, cookie, sizeof cookie);
}

static void text_add(struct dhcp_writer *w, uint8_t code, struct str value)
{
    if (value.len > 0) {
        dhcp_write_option(w, code, value);
    }
}

static void client_options_add(struct dhcp_writer *w, const struct dhcp_client *c)
{
    char own[1 + sizeof c->mac.b] = {ETHERNET};
    memcpy(own + 1, c->mac.b, sizeof c->mac.b);
    struct str own_id = str_of(own, sizeof own);
    dhcp_write_number(w, DHCP_OPT_TYPE, 1, c->type);
    dhcp_write_option(w, DHCP_OPT_CLIENT_ID, c->client_id.len > 0 ? c->client_id : own_id);
    dhcp_write_addrs(w, DHCP_OPT_REQUESTED, &c->requested, c->requested.family == 4);
    dhcp_write_addrs(w, DHCP_OPT_SERVER, &c->server, c->server.family == 4);
    if (c->max_size > 0) {
        dhcp_write_number(w, DHCP_OPT_MAX_SIZE, 2, c->max_size);
    }
    text_add(w, DHCP_OPT_HOSTNAME, c->hostname);
    text_add(w, DHCP_OPT_CLASS, c->class);
    text_add(w, DHCP_OPT_PARAMETERS, c->parameters);
}

enum err dhcp_write_client(const struct dhcp_client *c, void *ret_bytes, size_t cap,
                           size_t *ret_len)
{
    struct dhcp_writer w = {.p = ret_bytes, .cap = cap};
    struct fixed f = {.op = DHCP_BOOTREQUEST,
                      .htype = ETHERNET,
                      .xid = c->xid,
                      .secs = c->secs,
                      .broadcast = c->broadcast,
                      .ciaddr = c->ciaddr,
                      .chaddr = str_of((const char *)c->mac.b, sizeof c->mac.b)};
    fixed_add(&w, &f);
    client_options_add(&w, c);
    size_t len = dhcp_write_end(&w);
    if (len == 0) {
        return ERR_LIMIT;
    }
    *ret_len = len;
    return ERR_OK;
}

struct dhcp_writer dhcp_write_answer(const struct dhcp_message *request,
                                     const struct dhcp_answer *a, void *bytes, size_t cap)
{
    struct dhcp_writer w = {.p = bytes, .cap = cap};
    struct fixed f = {.op = DHCP_BOOTREPLY,
                      .htype = request->htype,
                      .xid = request->xid,
                      .broadcast = request->broadcast,
                      .ciaddr = a->type == DHCP_ACK ? request->ciaddr : addr4(0),
                      .yiaddr = a->yiaddr,
                      .siaddr = a->siaddr,
                      .giaddr = request->giaddr,
                      .chaddr = request->chaddr,
                      .sname = a->sname,
                      .file = a->file};
    fixed_add(&w, &f);
    dhcp_write_number(&w, DHCP_OPT_TYPE, 1, a->type);
    dhcp_write_addrs(&w, DHCP_OPT_SERVER, &a->server, a->server.family == 4);
    return w;
}
