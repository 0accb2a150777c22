/* Sentences and ladders. */
#include "app/lab/show.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/esc.h"

bool show_open(struct show *s, const struct cli_args *a)
{
    *s = (struct show){.lang = know_language(a),
                       .color = cli_color(a, STDOUT_FILENO),
                       .live = isatty(STDOUT_FILENO) != 0};
    s->sink = out_init(&s->out, STDOUT_FILENO);
    return know_load(&s->know, a);
}

void show_flush(struct show *s)
{
    /* Somebody who does not look any more is no reason to stop. */
    (void)!out_flush(&s->out);
}

void show_close(struct show *s)
{
    show_flush(s);
    know_clear(&s->know);
}

static struct str message(const struct show *s, const char *prefix, const char *name)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%s%s", prefix, name);
    return texts_message(&s->know.k.texts[s->lang], key);
}

struct values {
    const char *v[3];
};

static struct str value_of(void *ctx, struct str name)
{
    const struct values *v = ctx;
    bool one = name.len == 1 && name.p[0] >= '1' && name.p[0] <= '3';
    return one && v->v[name.p[0] - '1'] ? str_z(v->v[name.p[0] - '1']) : (struct str){0};
}

static void fill(struct show *s, const char *key, struct values v)
{
    bool whole = false;
    struct buf text = {0};
    struct sink out = buf_sink(&text);
    texts_fill(message(s, "lab.", key), value_of, &v, STR("?"), &out, &whole);
    esc_term(&s->sink, buf_str(&text));
    buf_clear(&text);
}

void show_say(struct show *s, const char *key, const char *v1, const char *v2, const char *v3)
{
    sink_z(&s->sink, "   ");
    fill(s, key, (struct values){{v1, v2, v3}});
    sink_char(&s->sink, '\n');
    show_flush(s);
}

void show_step(struct show *s, unsigned step, const char *key)
{
    sink_fmt(&s->sink, "\n%s%u. ", s->color ? "\033[1m" : "", step);
    fill(s, key, (struct values){{NULL, NULL, NULL}});
    sink_fmt(&s->sink, "%s\n", s->color ? "\033[0m" : "");
    show_flush(s);
}

void show_text(struct show *s, struct str text)
{
    sink_str(&s->sink, text);
    show_flush(s);
}

/* -- the ladder */

static void rung(struct show *s, int st, size_t width)
{
    static const char *const colors[STAGE_STATES] = {"2", "32", "1;31", "2", "1;34"};
    struct str name = message(s, "stage.", stage_name((enum stage)st));
    bool under_way = s->begun[st] && s->state[st] == STAGE_UNKNOWN;
    struct str state = under_way ? message(s, "lab.", "under-way")
                                 : message(s, "state.", stage_state_name(s->state[st]));
    sink_fmt(&s->sink, "  %2d  ", st + 1);
    sink_str(&s->sink, name);
    sink_fill(&s->sink, ' ', width + 2 - esc_term_width(name));
    if (under_way || s->state[st] != STAGE_UNKNOWN) {
        sink_fmt(&s->sink, "%s%s%s", s->color ? "\033[" : "",
                 s->color ? under_way ? "33" : colors[s->state[st]] : "", s->color ? "m" : "");
        sink_str(&s->sink, state);
        sink_z(&s->sink, s->color ? "\033[0m" : "");
    }
    if (s->ms[st] >= 0 && !under_way && s->state[st] != STAGE_UNKNOWN) {
        sink_fill(&s->sink, ' ', esc_term_width(state) < 14 ? 14 - esc_term_width(state) : 1);
        sink_fmt(&s->sink, "%8.3f s", (double)s->ms[st] / 1000);
    }
    sink_z(&s->sink, s->live ? "\033[K\n" : "\n");
}

static size_t widest(const struct show *s)
{
    size_t width = 0;
    for (int st = 0; st < STAGES; st++) {
        size_t w = esc_term_width(message(s, "stage.", stage_name((enum stage)st)));
        width = w > width ? w : width;
    }
    return width;
}

static void draw(struct show *s)
{
    size_t width = widest(s);
    if (s->drawn) {
        sink_fmt(&s->sink, "\033[%dA\r", (int)STAGES);
    }
    for (int st = 0; st < STAGES; st++) {
        rung(s, st, width);
    }
    s->drawn = true;
    show_flush(s);
}

void show_ladder(struct show *s)
{
    for (int st = 0; st < STAGES; st++) {
        s->state[st] = STAGE_UNKNOWN;
        s->begun[st] = false;
        s->ms[st] = -1;
    }
    s->drawn = false;
    if (s->live) {
        draw(s);
    }
}

void show_stage(struct show *s, enum stage st, bool begun, enum stage_state state, int64_t ms)
{
    if (st >= STAGES) {
        return;
    }
    s->begun[st] = true;
    if (!begun) {
        s->state[st] = state;
        s->ms[st] = ms;
    }
    if (s->live) {
        draw(s);
    } else if (!begun) {
        rung(s, (int)st, widest(s));
        show_flush(s);
    }
}

void show_ladder_end(struct show *s)
{
    s->drawn = false;
}
