/* One transfer: what is agreed upon, what has arrived, what is sent next and again. */
#include "flow/tftp/tftp_send.h"

enum { HEAD = 4 /* bytes before the data of a block */ };

static const usec_t timeout_most = 8 * USEC_S;

/* The number of a block as it is written. */
static uint16_t wire(const struct tftp_send *t, uint64_t block)
{
    return (uint16_t)(t->cfg->wrap == 0 || block == 0 ? block : (block - 1) % 65535 + 1);
}

static void end(struct tftp_send *t, const char *why)
{
    t->over = true;
    t->why = why;
    t->due = USEC_NONE;
}

/* -- Options: what is known and sane is agreed to, the rest is passed over (RFC 2347) */

static unsigned least(uint64_t a, unsigned b)
{
    return a < b ? (unsigned)a : b;
}

/* The values live as texts until the answer is written. */
struct agreed {
    struct tftp_message oack;
    char text[4][STR_NUMBER];
};

static void agree(struct agreed *a, const char *name, uint64_t value)
{
    struct str text = str_number(a->text[a->oack.n], (int64_t)value);
    a->oack.options[a->oack.n++] = (struct tftp_option){str_z(name), text};
}

static void options_read(struct tftp_send *t, const struct tftp_message *rrq)
{
    struct agreed a = {.oack = {.op = TFTP_OACK}};
    uint64_t n;
    if (tftp_option(rrq, STR("blksize"), &n)) {
        t->blksize = least(n, t->cfg->blksize);
        agree(&a, "blksize", t->blksize);
    }
    if (tftp_option(rrq, STR("timeout"), &n)) {
        t->timeout = (usec_t)n * USEC_S;
        t->fixed = true;
        agree(&a, "timeout", n);
    }
    if (tftp_option(rrq, STR("tsize"), &n) && t->size > 0) { /* curl takes 0 for an error */
        agree(&a, "tsize", t->size);
    }
    if (tftp_option(rrq, STR("windowsize"), &n)) {
        t->window = least(n, t->cfg->window);
        agree(&a, "windowsize", t->window);
    }
    if (a.oack.n > 0 && tftp_write(&a.oack, t->oack, sizeof t->oack, &t->oack_len) != ERR_OK) {
        end(t, "the options' answer does not fit");
    }
}

void tftp_send_init(struct tftp_send *t, const struct tftp_send_cfg *cfg,
                    const struct tftp_message *rrq, uint64_t size, usec_t now)
{
    *t = (struct tftp_send){.cfg = cfg,
                            .size = size,
                            .next = 1,
                            .blksize = TFTP_BLOCK,
                            .window = 1,
                            .timeout = cfg->timeout,
                            .tries = cfg->tries,
                            .due = now + cfg->timeout,
                            .end = now + cfg->whole};
    options_read(t, rrq);
    t->last = size / t->blksize + 1;
    t->began = t->oack_len == 0;
    t->oack_due = !t->began;
}

/* -- Out */

static size_t block_write(const struct tftp_send *t, struct str file, uint64_t block, char *room)
{
    uint64_t at = (block - 1) * t->blksize;
    struct str data = str_head(str_from(file, (size_t)at), t->blksize);
    uint16_t number = wire(t, block);
    room[0] = 0;
    room[1] = TFTP_DATA;
    room[2] = (char)(number >> 8);
    room[3] = (char)number;
    if (data.len > 0) {
        memcpy(room + HEAD, data.p, data.len);
    }
    return HEAD + data.len;
}

bool tftp_send_next(struct tftp_send *t, struct str file, char *room, size_t cap, usec_t now,
                    size_t *ret_len)
{
    bool oack = t->oack_due && t->oack_len <= cap;
    bool data = t->began && t->next <= t->last && t->next <= t->acked + t->window &&
                cap >= HEAD + t->blksize;
    if (t->over || (!oack && !data)) {
        return false;
    }
    if (oack) {
        memcpy(room, t->oack, t->oack_len);
        *ret_len = t->oack_len;
        t->oack_due = false;
    } else {
        *ret_len = block_write(t, file, t->next++, room);
    }
    t->packets++;
    t->due = now + t->timeout;
    return true;
}

/* -- In */

static void progress(struct tftp_send *t, uint64_t acked, usec_t now)
{
    t->acked = acked;
    t->tries = t->cfg->tries;
    t->timeout = t->fixed ? t->timeout : t->cfg->timeout;
    t->due = now + t->timeout;
    t->again = false;
    /* What was sent behind it did not arrive in order: the window begins anew there (RFC 7440 4). */
    t->next = acked + 1;
    if (acked == t->last) {
        end(t, NULL);
    }
}

static void on_ack(struct tftp_send *t, uint16_t number, usec_t now)
{
    if (!t->began) {
        if (number == 0) {
            t->began = true;
            progress(t, 0, now);
        }
        return;
    }
    for (uint64_t block = t->next - 1; block > t->acked; block--) {
        if (wire(t, block) == number) {
            progress(t, block, now);
            return;
        }
    }
    /* Twice the same: of a window, its first block was lost; else it was late, and what it is about is on the way. */
    bool lost = t->window > 1 && t->next > t->acked + 2 && !t->again;
    if (lost && number == wire(t, t->acked)) {
        t->again = true;
        t->next = t->acked + 1;
    }
}

void tftp_send_on(struct tftp_send *t, struct str packet, usec_t now)
{
    struct tftp_message m;
    struct err_at at;
    if (t->over || tftp_read(packet, &m, &at) != ERR_OK) {
        return;
    }
    if (m.op == TFTP_ACK) {
        on_ack(t, m.block, now);
    } else if (m.op == TFTP_ERROR) {
        end(t, m.code == TFTP_OPTION ? "the client refused the options" : "the client ended it");
    }
}

/* -- Time */

usec_t tftp_send_deadline(const struct tftp_send *t)
{
    return t->over ? USEC_NONE : t->due < t->end ? t->due : t->end;
}

void tftp_send_on_time(struct tftp_send *t, usec_t now)
{
    if (t->over || now < tftp_send_deadline(t)) {
        return;
    }
    if (now >= t->end) {
        end(t, "it took too long");
        return;
    }
    if (t->tries-- <= 1) {
        end(t, "the client does not answer");
        return;
    }
    if (!t->fixed) {
        t->timeout = t->timeout * 2 < timeout_most ? t->timeout * 2 : timeout_most;
    }
    t->oack_due = !t->began;
    t->next = t->acked + 1;
    t->again = false;
    t->due = now + t->timeout;
}

enum err tftp_netascii(struct str in, struct buf *out)
{
    while (in.len > 0) {
        size_t n = 0;
        while (n < in.len && in.p[n] != '\n' && in.p[n] != '\r') {
            n++;
        }
        enum err e = buf_add(out, str_head(in, n));
        if (e == ERR_OK && n < in.len) {
            e = buf_add(out, in.p[n] == '\n' ? STR("\r\n") : str_of("\r", 2));
        }
        if (e != ERR_OK) {
            return e;
        }
        in = str_from(in, n + 1);
    }
    return ERR_OK;
}
