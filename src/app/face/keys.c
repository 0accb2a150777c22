/* The screen on a terminal, or by a script: key names on standard input, a line at a time, and the picture behind each line.
 *
 *     wait                      until the phone is registered, or a stage of its journey failed
 *     applications down select  keys
 *     type https://example.com  text for the field that is open
 *
 * Keys are looked at between two turns of the loop, never while the phone is at work. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/face/inside.h"

enum { SCRIPT_MOST = 1 << 20, CHUNK = 4096 };

struct face_keys {
    struct face *face;
    struct loop_watch *watch; /* NULL: all was read */
    struct loop_timer *timer;
    struct out out;
    struct sink sink;
    struct buf shown; /* owned: the picture that is seen */
    bool drawn, terminal, raw, waiting, over, failed;
    struct termios before;
    struct buf script; /* owned: what was read */
    size_t at;         /* what of it was done */
};

/* -- pictures */

static void told(struct face_keys *k)
{
    if ((out_flush(&k->out) != ERR_OK || k->out.gone) && k->face->cfg.ended) {
        k->face->cfg.ended(k->face->cfg.ctx, true); /* nobody looks any more */
    }
}

static void show(struct face_keys *k, struct str picture)
{
    if (k->terminal) {
        sink_z(&k->sink, k->drawn ? "\033[H" : "\033[H\033[2J");
    }
    sink_str(&k->sink, picture);
    if (k->terminal) {
        sink_z(&k->sink, "F1-F4 softkeys   Tab or F5 applications   F6 settings\n"
                         "arrows, Enter, Esc back   0-9 * #   F7 release   Ctrl-C ends\n");
    }
    told(k);
}

/* What is seen, where it is not seen already. */
static void draw(struct face_keys *k, bool always)
{
    struct screen_image image;
    struct buf text = {.p = NULL};
    struct sink out = buf_sink(&text);
    unsigned how = SCREEN_BOX | (k->face->cfg.color ? SCREEN_ANSI : SCREEN_BARE);
    face_look(k->face, true);
    screen_draw(&k->face->screen, &k->face->facts.seen, &image);
    screen_write_text(&image, how, &out);
    if (!always && k->drawn && str_eq(buf_str(&text), buf_str(&k->shown))) {
        buf_clear(&text);
        return;
    }
    if (k->face->cfg.picture) {
        k->face->cfg.picture(k->face->cfg.ctx, buf_str(&text));
    } else {
        show(k, buf_str(&text));
    }
    buf_clear(&k->shown);
    k->shown = text;
    k->drawn = true;
}

/* -- scripts */

static bool settled(const struct face *f)
{
    bool failed = false;
    for (unsigned s = 0; s < STAGES; s++) {
        failed = failed || f->stage[s] == STAGE_FAILED;
    }
    const struct handset *h = &f->desk->handset;
    return failed || (h->state == HANDSET_UP && h->n_lines && handset_registered(h));
}

static void press(struct face *f, enum screen_key key)
{
    face_act(f, &(struct screen_action){.what = SCREEN_PRESS, .key = key});
}

static void script_word(struct face_keys *k, struct str word)
{
    enum screen_key key;
    if (screen_key_read(word, &key)) {
        press(k->face, key);
    } else {
        cli_error("--screen: the phone has no key %.*s", STR_ARG(str_head(word, 40)));
        k->failed = true;
    }
}

/* False: it is to be done again later. */
static bool script_line(struct face_keys *k, struct str line)
{
    struct str rest = str_trim(line);
    struct str first = str_word(&rest);
    if (str_eq(first, STR("wait")) && !settled(k->face)) {
        return false;
    }
    if (str_eq(first, STR("type"))) {
        face_act(k->face, &(struct screen_action){.what = SCREEN_TYPE, .text = str_trim(rest)});
    } else if (first.len && first.p[0] != '#' && !str_eq(first, STR("wait"))) {
        for (struct str word = first; word.len; word = str_word(&rest)) {
            script_word(k, word);
        }
    }
    return true;
}

static void script_run(struct face_keys *k)
{
    for (;;) {
        struct str rest = str_from(buf_str(&k->script), k->at);
        size_t end = str_chr(rest, '\n');
        if (end == STR_NPOS && (k->watch || rest.len == 0)) {
            break;
        }
        struct str line = end == STR_NPOS ? rest : str_head(rest, end);
        k->waiting = !script_line(k, line);
        if (k->waiting) {
            return;
        }
        k->at += line.len + (end == STR_NPOS ? 0 : 1);
        draw(k, true);
    }
    if (!k->watch && !k->over && k->face->cfg.ended) {
        k->over = true;
        k->face->cfg.ended(k->face->cfg.ctx, !k->failed);
    }
}

/* -- a terminal */

static const struct {
    const char *bytes;
    enum screen_key key;
} sequences[] = {
    {"\033[A", SCREEN_KEY_UP},
    {"\033[B", SCREEN_KEY_DOWN},
    {"\033[C", SCREEN_KEY_RIGHT},
    {"\033[D", SCREEN_KEY_LEFT},
    {"\033OA", SCREEN_KEY_UP},
    {"\033OB", SCREEN_KEY_DOWN},
    {"\033OC", SCREEN_KEY_RIGHT},
    {"\033OD", SCREEN_KEY_LEFT},
    {"\033OP", SCREEN_KEY_SOFT1},
    {"\033OQ", SCREEN_KEY_SOFT2},
    {"\033OR", SCREEN_KEY_SOFT3},
    {"\033OS", SCREEN_KEY_SOFT4},
    {"\033[11~", SCREEN_KEY_SOFT1},
    {"\033[12~", SCREEN_KEY_SOFT2},
    {"\033[13~", SCREEN_KEY_SOFT3},
    {"\033[14~", SCREEN_KEY_SOFT4},
    {"\033[[A", SCREEN_KEY_SOFT1},
    {"\033[[B", SCREEN_KEY_SOFT2},
    {"\033[[C", SCREEN_KEY_SOFT3},
    {"\033[[D", SCREEN_KEY_SOFT4},
    {"\033[15~", SCREEN_KEY_APPLICATIONS},
    {"\t", SCREEN_KEY_APPLICATIONS},
    {"\033[17~", SCREEN_KEY_SETTINGS},
    {"\033[18~", SCREEN_KEY_RELEASE},
    {"\r", SCREEN_KEY_SELECT},
    {"\n", SCREEN_KEY_SELECT},
    {"\177", SCREEN_KEY_LEFT},
    {"\b", SCREEN_KEY_LEFT},
};

/* The bytes that one key sent, from the front. */
static size_t terminal_key(struct face *f, struct str in)
{
    enum screen_key key;
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
        if (str_starts(in, str_z(sequences[i].bytes))) {
            press(f, sequences[i].key);
            return strlen(sequences[i].bytes);
        }
    }
    if (in.p[0] == '\033') {
        size_t n = 1;
        if (in.len == 1) {
            press(f, SCREEN_KEY_BACK);
        }
        while (n < in.len && in.p[n] != '\033') { /* a key that the phone has not */
            n++;
        }
        return n;
    }
    size_t n = 0;
    while (n < in.len && (unsigned char)in.p[n] >= ' ' && in.p[n] != '\177') {
        n++;
    }
    n = n ? n : 1;
    face_look(f, false);
    if (screen_types(&f->screen, &f->facts.seen)) {
        face_act(f, &(struct screen_action){.what = SCREEN_TYPE, .text = str_head(in, n)});
        return n;
    }
    if (screen_key_read(str_head(in, 1), &key)) {
        press(f, key);
    }
    return 1;
}

static bool terminal_open(struct face_keys *k)
{
    struct termios raw;
    if (tcgetattr(STDIN_FILENO, &k->before) != 0) {
        return false;
    }
    raw = k->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    k->raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    sink_z(&k->sink, "\033[?1049h\033[?25l");
    return k->raw;
}

static void terminal_close(struct face_keys *k)
{
    if (k->raw) {
        sink_z(&k->sink, "\033[?25h\033[?1049l");
        (void)!out_flush(&k->out);
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &k->before);
    }
}

/* -- what comes in */

static void input_over(struct face_keys *k)
{
    loop_watch_free(k->watch);
    k->watch = NULL;
}

static void take(struct face_keys *k, struct str in)
{
    if (k->terminal) {
        while (in.len) {
            in = str_from(in, terminal_key(k->face, in));
        }
        draw(k, false);
    } else if (buf_add(&k->script, in) != ERR_OK) {
        cli_error("--screen: the script is longer than %d bytes", SCRIPT_MOST);
        k->failed = true;
        input_over(k);
    }
}

static void on_input(void *ctx, unsigned events)
{
    struct face_keys *k = ctx;
    char bytes[CHUNK];
    (void)events;
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (n > 0) {
        take(k, str_of(bytes, (size_t)n));
    } else {
        input_over(k);
    }
    if (!k->terminal) {
        script_run(k);
    }
}

static void on_time(void *ctx)
{
    struct face_keys *k = ctx;
    if (k->terminal) {
        draw(k, false);
        loop_timer_at(k->timer, loop_now(k->face->loop) + USEC_S); /* the clock, the call's time */
    } else {
        script_run(k);
    }
}

void keys_changed(struct face *f)
{
    if (f->keys && (f->keys->terminal || f->keys->waiting)) {
        loop_timer_at(f->keys->timer, loop_now(f->loop));
    }
}

/* A file has no events: it is read at once. */
static bool read_file(struct face_keys *k)
{
    char bytes[CHUNK];
    ssize_t n = 0;
    enum err e = ERR_OK;
    while (e == ERR_OK && (n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0) {
        e = buf_add(&k->script, str_of(bytes, (size_t)n));
    }
    return n == 0 && e == ERR_OK;
}

bool keys_open(struct face *f)
{
    struct stat st;
    struct face_keys *k = calloc(1, sizeof *k);
    bool ok = k && loop_timer_new(f->loop, on_time, k, &k->timer) == ERR_OK;
    f->keys = k;
    if (ok) {
        k->face = f;
        k->script.limit = SCRIPT_MOST;
        k->sink = out_init(&k->out, STDOUT_FILENO);
        k->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
        /* Neither files nor /dev/null can be waited for. */
        bool file = fstat(STDIN_FILENO, &st) == 0 &&
                    (S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && !isatty(STDIN_FILENO)));
        ok = file ? read_file(k)
                  : loop_watch_new(f->loop, STDIN_FILENO, on_input, k, &k->watch) == ERR_OK &&
                        loop_watch_set(k->watch, LOOP_READ) == ERR_OK;
        ok = ok && (!k->terminal || terminal_open(k));
    }
    if (!ok) {
        cli_error("--screen: standard input cannot be read: %s", strerror(errno));
    } else {
        loop_timer_at(k->timer, loop_now(f->loop));
    }
    return ok;
}

void keys_close(struct face *f)
{
    struct face_keys *k = f->keys;
    if (!k) {
        return;
    }
    terminal_close(k);
    if (k->watch) {
        loop_watch_free(k->watch);
    }
    loop_timer_free(k->timer);
    buf_clear(&k->script);
    buf_clear(&k->shown);
    free(k);
    f->keys = NULL;
}
