/* The end of a turn: what was promised goes to disk, then everything leaves; how busy it was, and when to wake. */
#include <time.h>

#include "app/serve/worker_inside.h"

enum {
    PIECE = 512,               /* bindings written anew in one turn */
    LAG_NEWCOMERS_US = 100000, /* above: newcomers are put off */
    LAG_REFRESHES_US = 400000, /* above: refreshes too */
    CALM_US = 1000000,         /* so long below half of that before it is taken back */
    SMOOTH = 8                 /* share of one turn in the smoothed lag: 1/8 */
};

usec_t worker_clock(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (usec_t)t.tv_sec * USEC_S + t.tv_nsec / 1000;
}

/* -- bindings on disk */

static void write_anew(struct worker *w)
{
    if (!w->anew) {
        if (!wal_wants_anew(w->wal) || wal_anew_begin(w->wal) != ERR_OK) {
            return;
        }
        w->anew = true;
        w->cursor = 0;
    }
    buf_reset(&w->line);
    struct sink out = buf_sink(&w->line);
    bool more = edge_snapshot(w->edge, &w->cursor, PIECE, &out);
    bool ok = out.err == ERR_OK && wal_anew_add(w->wal, buf_str(&w->line)) == ERR_OK;
    if (ok && more) {
        return;
    }
    w->anew = false;
    ok = wal_anew_done(w->wal) == ERR_OK && ok;
    w->own[ok ? TALLY_WAL_ANEW : TALLY_WAL_FAILED]++;
}

void worker_keep(struct worker *w)
{
    if (!w->wal) {
        return;
    }
    /* What memory knows is answered all the same: phones that register again are worth more than a restart
     * that has not come yet. The health page tells. */
    bool failed = wal_flush(w->wal) != ERR_OK;
    w->own[TALLY_WAL_FAILED] += failed;
    w->own[TALLY_WAL_FAILING] = failed;
    wal_sync(w->wal, loop_now(w->loop), (usec_t)w->cfg.plan->settings->sync * USEC_S);
}

/* -- how busy */

static unsigned level_of(usec_t lag)
{
    return lag > LAG_REFRESHES_US ? 2 : lag > LAG_NEWCOMERS_US ? 1 : 0;
}

static void measure(struct worker *w, usec_t now)
{
    usec_t took = now - loop_now(w->loop);
    usec_t lag = (usec_t)w->own[TALLY_LAG_US];
    took = took > 0 ? took : 0;
    lag += (took - lag) / SMOOTH;
    w->own[TALLY_LAG_US] = (uint64_t)lag;
    w->own[TALLY_BUSY_US] += (uint64_t)took;
    w->own[TALLY_TURNS]++;
    unsigned level = level_of(lag);
    if (level_of(2 * lag) >= w->load) {
        w->calm = now;
    }
    if (level > w->load || (level < w->load && now - w->calm > CALM_US)) {
        w->load = level;
        w->calm = now;
        edge_load(w->edge, level);
    }
}

/* -- what others may know */

static void count_phones(struct worker *w)
{
    struct phones_counts c = phones_counts(w->phones);
    uint64_t *own = w->own;
    own[TALLY_PHONES_CONNECTIONS] = c.connections;
    own[TALLY_PHONES_HANDSHAKES] = c.handshakes;
    own[TALLY_PHONES_UNSHAKEN] = c.unshaken;
    own[TALLY_PHONES_REQUESTS] = c.requests;
    own[TALLY_PHONES_SERVED] = c.served;
    own[TALLY_PHONES_REFUSED] = c.refused;
    own[TALLY_PHONES_ASKED] = c.asked;
    own[TALLY_PHONES_REPORTS] = c.reports;
    own[TALLY_PHONES_TRANSFERS] = c.transfers;
    own[TALLY_PHONES_LOST] = c.lost;
}

static void publish(struct worker *w, usec_t now)
{
    uint64_t *own = w->own;
    const struct stream_counts *s = w->streams ? stream_counts(w->streams) : NULL;
    const uint64_t *edge = edge_counts(w->edge);
    if (s) {
        own[TALLY_CONNECTIONS] = stream_count(w->streams);
        own[TALLY_ACCEPTED] = s->accepted;
        own[TALLY_REFUSED] = s->refused;
        own[TALLY_HANDSHAKES] = s->handshakes;
        own[TALLY_HANDSHAKES_FAILED] = s->handshake_failed;
        own[TALLY_RESUMED] = s->resumed;
        own[TALLY_SLOW] = s->slow;
        own[TALLY_SILENT] = s->silent;
        own[TALLY_OVERFLOW] = s->overflow;
        own[TALLY_BYTES_IN] = s->bytes_in;
        own[TALLY_BYTES_OUT] = s->bytes_out;
    }
    own[TALLY_DATAGRAMS_DROPPED] = 0;
    for (size_t i = 0; i < w->cfg.plan->n_listeners; i++) {
        own[TALLY_DATAGRAMS_DROPPED] += w->port[i].udp ? udp_dropped(w->port[i].udp) : 0;
    }
    own[TALLY_LOAD] = w->load;
    if (w->phones) {
        count_phones(w);
    }
    for (unsigned i = 0; i < TALLY_EDGE; i++) {
        atomic_store_explicit(&w->tally[i], own[i], memory_order_relaxed);
    }
    for (unsigned i = 0; i < EDGE_COUNTS; i++) {
        atomic_store_explicit(&w->tally[TALLY_EDGE + i], edge[i], memory_order_relaxed);
    }
    atomic_store_explicit(&w->tally[TALLY_EDGE + EDGE_BINDINGS], edge_bindings(w->edge),
                          memory_order_relaxed);
    atomic_store_explicit(&w->tally[TALLY_EDGE + EDGE_ACCOUNTS], edge_accounts(w->edge),
                          memory_order_relaxed);
    atomic_store_explicit(&w->alive, now, memory_order_relaxed);
}

/* The edge's deadlines are dates, the loop's timers run time. */
static void set_timer(struct worker *w)
{
    usec_t due = edge_deadline(w->edge);
    usec_t now = loop_now(w->loop);
    if (w->anew) {
        loop_timer_at(w->timer, now);
    } else if (due == USEC_NONE) {
        loop_timer_at(w->timer, USEC_NONE);
    } else {
        usec_t left = due - loop_date(w->loop);
        loop_timer_at(w->timer, now + (left > 0 ? left : 0));
    }
}

void worker_turn(void *ctx)
{
    struct worker *w = ctx;
    worker_act(w);
    worker_keep(w);
    w->unflushed = 0;
    for (size_t i = 0; i < w->cfg.plan->n_listeners; i++) {
        if (w->port[i].udp) {
            udp_flush(w->port[i].udp);
        }
    }
    if (w->streams) {
        stream_flush(w->streams);
    }
    parcels_post(w);
    if (w->wal) {
        write_anew(w);
    }
    usec_t now = worker_clock();
    measure(w, now);
    publish(w, now);
    set_timer(w);
    worker_quieted(w);
}
