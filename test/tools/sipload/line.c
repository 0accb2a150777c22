/* Sockets: datagrams in batches, connections from many addresses, messages cut out of what a connection says. */
#define _GNU_SOURCE
#include "sipload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

enum { ROOM = BATCH * MESSAGE_MOST, BUFFER = 4 << 20 };

struct batch {
    unsigned n;
    struct mmsghdr m[BATCH];
    struct iovec v[BATCH];
    char text[BATCH][MESSAGE_MOST];
};

/* --- UDP */

static void batch_flush(struct line *l)
{
    struct batch *b = l->batch;
    for (unsigned sent = 0; sent < b->n;) {
        int n = sendmmsg(l->fd, b->m + sent, b->n - sent, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        sent += n > 0 ? (unsigned)n
                      : 1; /* an ICMP error of an earlier one: the retransmission will tell */
    }
    b->n = 0;
}

static void batch_add(struct line *l, const char *text, size_t len)
{
    struct batch *b = l->batch;
    memcpy(b->text[b->n], text, len);
    b->v[b->n] = (struct iovec){b->text[b->n], len};
    b->m[b->n].msg_hdr = (struct msghdr){.msg_iov = &b->v[b->n], .msg_iovlen = 1};
    if (++b->n == BATCH) {
        batch_flush(l);
    }
}

static void datagrams(struct line *l)
{
    struct mmsghdr m[BATCH];
    struct iovec v[BATCH];
    memset(m, 0, sizeof m);
    for (unsigned i = 0; i < BATCH; i++) {
        v[i] = (struct iovec){l->t->room + i * MESSAGE_MOST, MESSAGE_MOST};
        m[i].msg_hdr.msg_iov = &v[i];
        m[i].msg_hdr.msg_iovlen = 1;
    }
    int n = 0;
    do {
        n = recvmmsg(l->fd, m, BATCH, MSG_DONTWAIT, NULL);
        for (int i = 0; i < n; i++) {
            phones_on_answer(l->t, v[i].iov_base, m[i].msg_len);
        }
    } while (n == BATCH);
}

/* --- both */

static void watch(struct line *l)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = l};
    if (l->batch) {
        e.events = EPOLLIN;
    }
    if (epoll_ctl(l->t->poll, EPOLL_CTL_ADD, l->fd, &e) != 0) {
        die("epoll");
    }
}

/* Each connection from the next source address, or always the same for a line that is kept. */
static bool bind_source(struct line *l)
{
    const struct options *o = l->t->o;
    if (o->sources == 0) {
        return true;
    }
    uint32_t n = l->number + (o->each ? (uint32_t)l->t->f.begun : 0);
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(0x7f000002 + n % o->sources)};
    int on = 1;
    setsockopt(l->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    return bind(l->fd, (const struct sockaddr *)&from, sizeof from) == 0;
}

static void up(struct line *l)
{
    l->state = LINE_OPEN;
    l->t->f.opened++;
    l->t->n_open++;
    phones_on_open(l);
}

static void down(struct line *l)
{
    if (l->state != LINE_OPEN) {
        l->t->f.failed++;
    }
    line_close(l);
    phones_on_closed(l);
}

bool line_open(struct line *l)
{
    bool udp = l->t->o->via == VIA_UDP;
    l->fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0) {
        return false;
    }
    int on = 1;
    int buffer = BUFFER;
    if (udp) {
        setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        setsockopt(l->fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    } else {
        setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    const struct sockaddr *to = (const struct sockaddr *)&l->t->o->to;
    if (!bind_source(l) || (connect(l->fd, to, sizeof l->t->o->to) != 0 && errno != EINPROGRESS)) {
        close(l->fd);
        l->fd = -1;
        return false;
    }
    if (udp && !l->batch) {
        l->batch = calloc(1, sizeof *l->batch);
        if (!l->batch) {
            die("memory");
        }
    }
    l->state = LINE_CONNECTING;
    watch(l);
    if (udp) {
        up(l);
    }
    return true;
}

void line_close(struct line *l)
{
    if (l->state == LINE_OPEN) {
        l->t->n_open--;
    }
    if (l->ssl) {
        secure_free(l);
    }
    if (l->fd >= 0) {
        close(l->fd);
        l->fd = -1;
    }
    free(l->rest);
    free(l->unsent);
    l->rest = NULL;
    l->unsent = NULL;
    l->n_rest = 0;
    l->n_unsent = 0;
    l->state = LINE_CLOSED;
}

static void more(char **to, size_t *n, const char *text, size_t len)
{
    char *grown = realloc(*to, *n + len);
    if (!grown) {
        die("memory");
    }
    memcpy(grown + *n, text, len);
    *to = grown;
    *n += len;
}

static ssize_t put(struct line *l, const char *text, size_t len)
{
    return l->ssl ? secure_write(l, text, len) : send(l->fd, text, len, MSG_NOSIGNAL);
}

/* An error here is seen when the line is read. */
void line_send(struct line *l, const char *text, size_t len)
{
    if (l->state != LINE_OPEN) {
        return;
    }
    if (l->batch) {
        batch_add(l, text, len);
        return;
    }
    size_t sent = 0;
    if (l->n_unsent == 0) {
        ssize_t n = put(l, text, len);
        sent = n > 0 ? (size_t)n : 0;
    }
    if (sent < len) {
        more(&l->unsent, &l->n_unsent, text + sent, len - sent);
    }
}

static void send_rest(struct line *l)
{
    ssize_t n = l->n_unsent ? put(l, l->unsent, l->n_unsent) : 0;
    if (n > 0) {
        l->n_unsent -= (size_t)n;
        memmove(l->unsent, l->unsent + n, l->n_unsent);
    }
}

/* Bytes of the first message of `s`, which may begin with empty lines; 0: it is not whole. */
static size_t message_len(struct str s, size_t *ret_blank)
{
    size_t blank = 0;
    while (blank < s.len && (s.p[blank] == '\r' || s.p[blank] == '\n')) {
        blank++;
    }
    *ret_blank = blank;
    s = str_from(s, blank);
    size_t end = str_find(s, STR("\r\n\r\n"));
    if (end == STR_NPOS) {
        return 0;
    }
    size_t at = str_ifind(str_head(s, end), STR("\nContent-Length:"));
    uint64_t body = 0;
    if (at != STR_NPOS) {
        struct str rest = str_from(s, at + 16);
        (void)str_digits(str_word(&rest), &body);
    }
    return s.len - end - 4 >= body ? end + 4 + (size_t)body : 0;
}

/* Hands on the whole messages; keeps the rest. False: the line is gone. */
static bool cut(struct line *l, struct str s)
{
    size_t blank = 0;
    for (size_t len; (len = message_len(s, &blank)) > 0;) {
        phones_on_answer(l->t, s.p + blank, len);
        if (l->state != LINE_OPEN) {
            return false;
        }
        s = str_from(s, blank + len);
    }
    s = str_from(s, blank);
    free(l->rest);
    l->rest = NULL;
    l->n_rest = 0;
    if (s.len) {
        more(&l->rest, &l->n_rest, s.p, s.len);
    }
    return true;
}

static void hear(struct line *l)
{
    for (;;) {
        char *room = l->t->room;
        size_t kept = l->n_rest < ROOM / 2 ? l->n_rest : 0;
        if (kept) {
            memcpy(room, l->rest, kept);
        }
        ssize_t n = l->ssl ? secure_read(l, room + kept, ROOM - kept)
                           : recv(l->fd, room + kept, ROOM - kept, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n <= 0) {
            down(l);
            return;
        }
        if (!cut(l, str_of(room, kept + (size_t)n)) || (!l->ssl && (size_t)n < ROOM - kept)) {
            return;
        }
    }
}

static void connected(struct line *l)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error) {
        down(l);
    } else if (l->t->o->via == VIA_TLS) {
        l->state = LINE_SHAKING;
        secure_new(l);
    } else {
        up(l);
    }
}

void line_on(struct line *l, uint32_t events)
{
    if (l->batch) {
        datagrams(l);
        return;
    }
    if (l->state == LINE_CONNECTING && events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        connected(l);
    }
    if (l->state == LINE_SHAKING) {
        int done = secure_shake(l);
        if (done < 0) {
            down(l);
        } else if (done > 0) {
            up(l);
        }
    }
    if (l->state == LINE_OPEN && events & EPOLLOUT) {
        send_rest(l);
    }
    if (l->state == LINE_OPEN && events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) {
        hear(l);
    }
}

void lines_init(struct thread *t)
{
    t->lines = calloc(t->o->lines, sizeof *t->lines);
    t->room = malloc(ROOM);
    if (!t->lines || !t->room) {
        die("memory");
    }
    for (unsigned i = 0; i < t->o->lines; i++) {
        t->lines[i] = (struct line){
            .t = t, .fd = -1, .number = i * t->o->threads + t->number, .waiting = NONE};
    }
}

void lines_clear(struct thread *t)
{
    for (unsigned i = 0; i < t->o->lines; i++) {
        line_close(&t->lines[i]);
        free(t->lines[i].batch);
    }
    free(t->lines);
    free(t->room);
}

void lines_flush(struct thread *t)
{
    for (unsigned i = 0; t->o->via == VIA_UDP && i < t->o->lines; i++) {
        if (t->lines[i].batch && t->lines[i].batch->n) {
            batch_flush(&t->lines[i]);
        }
    }
    if (t->acked) {
        fflush(t->acked);
    }
}
