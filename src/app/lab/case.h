/* One fault, from the break to the repair: made, suffered by a phone, diagnosed from every view, mended, and the phone registers. */
#ifndef APP_LAB_CASE_H
#define APP_LAB_CASE_H

#include "app/lab/site.h"

enum { CASE_ID = 48, CASE_TEXT = 240, CASE_CLASS = 12 };

enum case_outcome {
    OUTCOME_FIRST,  /* named, and nothing before it */
    OUTCOME_NAMED,  /* named, behind something else */
    OUTCOME_MISSED, /* nothing was named */
    OUTCOME_WRONG,  /* something else was */
    OUTCOME_BLIND,  /* it cannot be seen from there, and nothing was made up */
    OUTCOME_NONE,   /* there was no evidence: the lab itself failed */
    OUTCOMES,
};
const char *
case_outcome_name(enum case_outcome o); /* "first", "named", "missed", "wrong", "blind", "none" */

struct case_look {
    enum case_outcome outcome;
    char id[CASE_ID];       /* what was named first of all; "" */
    char class[CASE_CLASS]; /* evidence class of what names it: seen, shape, assumed; "" */
    bool other_lang;        /* the other language says the same, in other words */
};

struct case_result {
    char id[CASE_ID];
    bool made;     /* the fault could be made, and the phone got as far as it was to */
    bool redacted; /* the problem report says the same when it is redacted */
    bool cured;    /* the phone registered after the repair, and its report shows a green ladder */
    bool skipped;  /* a program that it needs is not here */
    unsigned ms;
    char why[CASE_TEXT]; /* of made, cured, skipped being what they are; "" */
    struct case_look look[FAULT_VIEWS];
};

/* Whether all came out as the fault's file says. */
bool case_good(const struct case_result *r);

struct case_ask {
    const struct fault *fault; /* NULL: a clean journey */
    const char *keep;          /* folder where the evidence is left, made; NULL: nowhere */
    uint64_t seed;             /* of delays of a clean journey's network */
};

/* In a space of its own; `ret_pid` and a descriptor that the result is read from (case_read) when it can be. ERR_IO. */
enum err case_begin(const struct case_ask *ask, pid_t *ret_pid, int *ret_fd) MUST_CHECK;
/* False: it ended without one. */
bool case_read(int fd, struct case_result *ret);

/* The fault that a lesson is about, and how often an answer was given: within the lesson's space. */
#define CASE_LESSON SPACE_FOLDER "/lesson"
/* A site that is left broken, and a shell at its phone's place, in a folder with the evidence; `begun` when it can begin. Its exit code. */
int case_lesson(const struct fault *f, void (*begun)(void *ctx), void *ctx);

/* A program that a fault's steps start and that is not here; NULL: none. */
const char *case_missing(const struct fault *f);

#endif
