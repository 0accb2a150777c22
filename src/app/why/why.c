/* `dialtone why MAC`: asks the hub for the journey of a device and shows it as `dialtone diagnose` shows a log's. */
#include "app/why/why.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/client/client.h"
#include "app/know/know.h"
#include "base/esc.h"
#include "flow/report/report.h"
#include "io/out/out.h"

static const struct cli_option options[] = {
    {"output", 'o', "FORMAT", "text or json", "text,json"},
    CLI_LANG,
    CLIENT_OPTIONS,
    KNOW_RULES,
    CLI_COLOR,
    {NULL, 0, NULL, NULL, NULL},
};

enum colour { PLAIN, BOLD, DIM, RED, GREEN, YELLOW, BLUE, CYAN };

struct why {
    const struct texts *texts;
    struct sink *out;
    bool color;
    unsigned width;
    size_t due; /* blanks before the next text of a row */
    struct jsonin_object root;
};

static void painted(struct why *y, enum colour c, struct str text)
{
    static const char *const codes[] = {"0", "1", "2", "1;31", "32", "1;33", "1;34", "36"};
    if (text.len == 0) {
        return;
    }
    sink_fill(y->out, ' ', y->due);
    y->due = 0;
    bool color = y->color && c != PLAIN;
    if (color) {
        sink_fmt(y->out, "\033[%sm", codes[c]);
    }
    esc_term(y->out, text);
    if (color) {
        sink_z(y->out, "\033[0m");
    }
}

static struct str message(const struct why *y, const char *prefix, struct str name)
{
    char key[80];
    (void)snprintf(key, sizeof key, "%s%.*s", prefix, STR_ARG(str_head(name, 40)));
    return texts_message(y->texts, key);
}

static void pad(struct why *y, size_t used, size_t width)
{
    y->due += used < width ? width - used : 1;
}

/* -- the head */

struct one_value {
    struct str name, value;
};

static struct str value_of(void *ctx, struct str name)
{
    const struct one_value *v = ctx;
    return str_eq(name, v->name) ? v->value : str_of(NULL, 0);
}

static void say_time(const struct why *y, const char *key, struct str time)
{
    bool whole = false;
    struct one_value v = {STR("time"), str_head(time, 19)};
    texts_fill(texts_message(y->texts, key), value_of, &v, STR("?"), y->out, &whole);
}

static enum colour status_colour(struct str status)
{
    return str_eq(status, STR("online")) ? GREEN : str_eq(status, STR("issues")) ? YELLOW : RED;
}

static void write_head(struct why *y)
{
    struct str status = client_text(&y->root, "status");
    struct str since = client_text(&y->root, "since");
    struct str seen = client_text(&y->root, "last_seen");
    painted(y, BOLD, client_text(&y->root, "mac"));
    sink_z(y->out, "  ");
    painted(y, status_colour(status), message(y, "status.", status));
    if (since.len) {
        sink_z(y->out, ", ");
        say_time(y, "why.since", since);
    }
    sink_z(y->out, "; ");
    if (seen.len) {
        say_time(y, "why.seen", seen);
    } else {
        sink_str(y->out, texts_message(y->texts, "why.never"));
    }
    sink_char(y->out, '\n');
}

/* -- the ladder */

enum { STAGES_MOST = 16, COLUMN = 18 };

static void write_ms(struct why *y, struct jsonin_object *rung, size_t width)
{
    char text[32] = "";
    int64_t ms = 0;
    if (jsonin_int(rung, "ms", JSONIN_NULL, 0, INT64_MAX, &ms) == JSONIN_GIVEN) {
        (void)snprintf(text, sizeof text, ms < 10000 ? "%lld ms" : "%lld s",
                       (long long)(ms < 10000 ? ms : ms / 1000));
    }
    pad(y, strlen(text), width);
    painted(y, PLAIN, str_z(text));
}

static enum colour state_colour(struct str state)
{
    return str_eq(state, STR("ok"))        ? GREEN
           : str_eq(state, STR("failed"))  ? RED
           : str_eq(state, STR("skipped")) ? BLUE
                                           : DIM;
}

static void write_rung(struct why *y, size_t i, struct jsonin_object *now,
                       struct jsonin_object *good)
{
    struct str name = client_text(now, "name");
    struct str state = client_text(now, "state");
    struct str words = message(y, "state.", state);
    struct str finding = client_text(now, "finding");
    sink_fmt(y->out, "  %2zu  ", i + 1);
    esc_term(y->out, name);
    pad(y, esc_term_width(name), 32);
    painted(y, state_colour(state), words);
    pad(y, esc_term_width(words), 14);
    write_ms(y, now, COLUMN);
    if (good) {
        write_ms(y, good, COLUMN);
    }
    y->due += 2;
    painted(y, RED, finding);
    y->due = 0;
    sink_char(y->out, '\n');
}

static bool ladder_of(struct why *y, const char *key, struct jsonin_list *ret)
{
    struct jsonin_object boot;
    return jsonin_object(&y->root, key, JSONIN_NULL, &boot) == JSONIN_GIVEN &&
           jsonin_list(&boot, "ladder", JSONIN_NEEDED, 0, STAGES_MOST, ret) == JSONIN_GIVEN;
}

static void write_ladder(struct why *y)
{
    struct jsonin_list now, good;
    bool has_good = ladder_of(y, "good", &good);
    if (!ladder_of(y, "boot", &now)) {
        return;
    }
    if (has_good) {
        struct str this = texts_message(y->texts, "why.this");
        struct str last = texts_message(y->texts, "why.good");
        sink_char(y->out, '\n');
        pad(y, esc_term_width(this), 52 + COLUMN);
        painted(y, DIM, this);
        pad(y, esc_term_width(last), COLUMN);
        painted(y, DIM, last);
    }
    sink_char(y->out, '\n');
    for (size_t i = 0; i < now.n; i++) {
        struct jsonin_object a, b;
        if (jsonin_list_object(&now, i, &a)) {
            bool both = has_good && i < good.n && jsonin_list_object(&good, i, &b);
            write_rung(y, i, &a, both ? &b : NULL);
        }
    }
}

/* -- the verdict */

static void write_item(struct why *y, const char *key, struct str text)
{
    struct str word = texts_message(y->texts, key);
    sink_z(y->out, "   = ");
    esc_term(y->out, word);
    sink_z(y->out, ": ");
    report_wrap(y->out, text, 7 + esc_term_width(word), y->width);
}

static void write_items(struct why *y, struct jsonin_object *v, const char *member, const char *key)
{
    struct jsonin_list l;
    struct str s;
    if (jsonin_list(v, member, JSONIN_NULL, 0, 100, &l) != JSONIN_GIVEN) {
        return;
    }
    for (size_t i = 0; i < l.n; i++) {
        if (jsonin_list_str(&l, i, 4096, &s)) {
            write_item(y, key, s);
        }
    }
}

static void write_evidence(struct why *y, struct jsonin_object *v)
{
    struct jsonin_list l;
    struct jsonin_object row;
    if (jsonin_list(v, "evidence", JSONIN_NULL, 0, 100, &l) != JSONIN_GIVEN) {
        return;
    }
    for (size_t i = 0; i < l.n && jsonin_list_object(&l, i, &row); i++) {
        sink_z(y->out, "   | ");
        painted(y, DIM, str_head(client_text(&row, "time"), 23));
        sink_char(y->out, ' ');
        painted(y, BOLD, client_text(&row, "kind"));
        sink_char(y->out, ' ');
        esc_term(y->out, client_text(&row, "text"));
        sink_char(y->out, '\n');
    }
}

/* Exit code. */
static int write_verdict(struct why *y)
{
    struct jsonin_object v;
    sink_char(y->out, '\n');
    if (jsonin_object(&y->root, "verdict", JSONIN_NULL, &v) != JSONIN_GIVEN) {
        esc_term(y->out, texts_message(y->texts, "why.nothing"));
        sink_char(y->out, '\n');
        return CLI_OK;
    }
    struct str level = client_text(&v, "level");
    struct str id = client_text(&v, "finding");
    struct str text = client_text(&v, "message");
    bool error = str_eq(level, STR("error"));
    struct buf head = {.limit = 256};
    struct sink s = buf_sink(&head);
    sink_fmt(&s, "%.*s[%.*s]", STR_ARG(message(y, "level.", level)), STR_ARG(str_head(id, 16)));
    painted(y, error ? RED : YELLOW, buf_str(&head));
    sink_z(y->out, ": ");
    report_wrap(y->out, text.len ? text : client_text(&v, "title"),
                esc_term_width(buf_str(&head)) + 2, y->width);
    buf_clear(&head);
    write_evidence(y, &v);
    write_items(y, &v, "remedy", "text.remedy");
    write_items(y, &v, "side_effects", "text.side-effects");
    write_items(y, &v, "next", "text.next");
    write_item(y, "text.actor", client_text(&v, "actor_name"));
    return error ? CLI_ERRORS : CLI_OK;
}

/* -- the command */

static bool is_error(struct jsonin_object *root)
{
    struct jsonin_object v;
    return jsonin_object(root, "verdict", JSONIN_NULL, &v) == JSONIN_GIVEN &&
           str_eq(client_text(&v, "level"), STR("error"));
}

static int show(const struct cli_args *a, const struct know *k, struct str body,
                const struct jsonin_object *root, struct out *o)
{
    struct sink out = out_init(o, STDOUT_FILENO);
    unsigned width = cli_width(STDOUT_FILENO);
    struct why y = {.texts = &k->k.texts[know_language(a)],
                    .out = &out,
                    .color = cli_color(a, STDOUT_FILENO),
                    .width = width >= 60 && width < 120 ? width : 100,
                    .root = *root};
    int code = CLI_OK;
    if (strcmp(cli_value(a, "output", "text"), "json") == 0) {
        sink_str(&out, body);
        sink_char(&out, '\n');
        code = is_error(&y.root) ? CLI_ERRORS : CLI_OK;
    } else {
        write_head(&y);
        write_ladder(&y);
        code = write_verdict(&y);
    }
    return out_flush(o) == ERR_OK ? code : CLI_UNFINISHED;
}

static int ask(const struct cli_args *a, const struct know *k, struct client *c)
{
    char id[CLIENT_ID], path[CLIENT_PATH];
    struct buf body = {.p = NULL};
    struct jsonin doc = {.fault = JSONIN_FINE};
    struct jsonin_object root;
    struct out *o = malloc(sizeof *o);
    int code = CLI_UNFINISHED;
    c->lang = language_name(know_language(a));
    if (o && client_device(c, a->arg[0], id)) {
        (void)snprintf(path, sizeof path, "/devices/%s/journey?lang=%s", id, c->lang);
        if (client_read(c, path, &body, &doc, &root)) {
            code = show(a, k, buf_str(&body), &root, o);
        }
    }
    free(o);
    jsonin_clear(&doc);
    buf_clear(&body);
    return code;
}

static int run(const struct cli_args *a)
{
    struct know k;
    struct client c;
    if (!know_load(&k, a)) {
        return CLI_USAGE;
    }
    int code = client_open(&c, a) ? ask(a, &k, &c) : CLI_USAGE;
    client_close(&c);
    know_clear(&k);
    return code;
}

const struct cli_command why_command = {
    .name = "why",
    .args = "DEVICE",
    .summary = "Where a phone of the hub stands, and why it has no dial tone",
    .text =
        "DEVICE is a MAC address in any spelling, or what the hub's search finds one device by:\n"
        "a part of the MAC address, a name, a number. Shows how far it came, beside the last\n"
        "time that went well, what stands in its way, and who must act.\n",
    .examples = "  dialtone why 00:00:5e:00:53:01\n"
                "  dialtone why --hub https://hub.example.com --token-file token 2001\n"
                "  dialtone why -o json 2001 | jq .verdict\n",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
