/* A lesson: begun, and answered. */
#include "app/lab/lesson.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "app/lab/case.h"

enum { POINTS = 100, COST = 25 };

static void begun(void *ctx)
{
    struct show *s = ctx;
    for (char key[] = "lesson-1"; key[7] <= '5'; key[7]++) {
        show_say(s, key, NULL, NULL, NULL);
    }
}

/* One that can be made here and that somebody at the phone can find. */
static const struct fault *by_chance(const struct catalogue *c)
{
    uint32_t n = 0;
    for (unsigned tries = 0; tries < 1000 && c->n; tries++) {
        if (getrandom(&n, sizeof n, 0) != (ssize_t)sizeof n) {
            break;
        }
        const struct fault *f = &c->fault[n % c->n];
        if (!case_missing(f) && !f->see[VIEW_ALL].blind) {
            return f;
        }
    }
    return NULL;
}

int lesson_start(struct show *s, const struct catalogue *c, const char *id)
{
    const struct fault *f = id ? catalogue_find(c, str_z(id)) : by_chance(c);
    if (!f) {
        cli_error(id ? "there is no fault %s; see: dialtone lab list"
                     : "no fault can be made here%s",
                  id ? id : "");
        return CLI_USAGE;
    }
    const char *missing = case_missing(f);
    if (missing) {
        cli_error("there is no %s here, which this fault needs", missing);
        return CLI_UNFINISHED;
    }
    return case_lesson(f, begun, s);
}

/* -- the answer */

static bool recall(struct str text, struct str *ret_id, unsigned *ret_tries)
{
    uint64_t n = 0;
    *ret_id = str_word(&text);
    bool ok = str_u64(str_trim(text), &n) && n < 1000;
    *ret_tries = (unsigned)n;
    return ok;
}

static bool right(const struct fault *f, struct str answer)
{
    for (int v = 0; v < FAULT_VIEWS; v++) {
        if (!f->see[v].blind && str_ieq(f->see[v].id, answer)) {
            return true;
        }
    }
    return false;
}

static bool near(const struct show *s, const struct fault *f, struct str answer)
{
    const struct rule *r = rules_find(&s->know.k.rules, answer);
    const struct rule *wanted = rules_find(&s->know.k.rules, f->see[VIEW_ALL].id);
    return r && wanted && r->id.len > 2 && wanted->id.len > 2 &&
           memcmp(r->id.p, wanted->id.p, 2) == 0;
}

static int tell_wrong(struct show *s, const struct fault *f, const char *answer, unsigned tries)
{
    char key[48];
    (void)snprintf(key, sizeof key, "%s", stage_name(f->see[VIEW_ALL].stage));
    show_say(s, rules_find(&s->know.k.rules, str_z(answer)) ? "wrong" : "unknown", answer, NULL,
             NULL);
    if (near(s, f, str_z(answer))) {
        show_say(s, "near", NULL, NULL, NULL);
    }
    if (tries >= 2) {
        show_say(s, "hint", key, NULL, NULL);
    }
    return CLI_ERRORS;
}

static int tell_right(struct show *s, const struct fault *f, const char *answer, unsigned tries)
{
    char points[16], count[16], room[CASE_TEXT];
    int lang = s->lang == LANG_JA ? FAULT_JA : FAULT_EN;
    unsigned lost = (tries - 1) * COST;
    (void)snprintf(points, sizeof points, "%u", lost < POINTS ? POINTS - lost : 0);
    (void)snprintf(count, sizeof count, "%u", tries);
    show_say(s, "right", answer, points, count);
    (void)snprintf(room, sizeof room, "%.*s", STR_ARG(f->about[lang]));
    show_say(s, "sentence", room, NULL, NULL);
    (void)snprintf(room, sizeof room, "%.*s", STR_ARG(f->cure[lang]));
    show_say(s, "cure", room, NULL, NULL);
    return CLI_OK;
}

int lesson_check(struct show *s, const struct catalogue *c, const char *answer)
{
    struct buf b = {0};
    struct str id;
    char text[CASE_ID + 16];
    unsigned tries = 0;
    const struct fault *f = NULL;
    if (file_read(CASE_LESSON, &b) && recall(buf_str(&b), &id, &tries)) {
        f = catalogue_find(c, id);
    }
    if (!f) {
        cli_error("no lesson goes on here; begin one: dialtone lab start");
        buf_clear(&b);
        return CLI_USAGE;
    }
    int n = snprintf(text, sizeof text, "%.*s %u\n", STR_ARG(id), ++tries);
    buf_clear(&b);
    if (!file_write(CASE_LESSON, str_of(text, (size_t)n))) {
        cli_error(CASE_LESSON " cannot be written");
    }
    return right(f, str_z(answer)) ? tell_right(s, f, answer, tries)
                                   : tell_wrong(s, f, answer, tries);
}
