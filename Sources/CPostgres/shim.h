#pragma once
#include <libpq-fe.h>
#include <sys/eventfd.h>

/* libpq defines these as character literals, which Swift does not import. */
static const int diagnostic_sqlstate = PG_DIAG_SQLSTATE;
static const int diagnostic_message = PG_DIAG_MESSAGE_PRIMARY;
static const int diagnostic_constraint = PG_DIAG_CONSTRAINT_NAME;
static const int diagnostic_table = PG_DIAG_TABLE_NAME;

/* An event counter that never blocks; -1 when there are no descriptors left. */
static inline int event_descriptor(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
