/*
 * successor: what the predecessor does with the successor of an upgrade under way: it reads what
 * that sends, gives it charge or has it leave, and handles its end.
 */
#ifndef PREFORKD_SERVER_UPGRADE_SUCCESSOR_H
#define PREFORKD_SERVER_UPGRADE_SUCCESSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"

struct upgrade;

/* A successor that was asked to leave is killed after so long. */
#define SUCCESSOR_LEAVES_WITHIN_NS NS_PER_S

/* Report that nothing changes because of WHY, which may have several lines. */
void successor_refuse(struct upgrade *upgrade, const char *why);

/* Close the channel and the hand-over file. */
void successor_close_channel(struct upgrade *upgrade);

/* Refuse the upgrade because of WHY, and ask the successor to leave. */
void successor_give_up(struct upgrade *upgrade, const char *why, int64_t now_ns);

/* CONTEXT is an upgrade: handle one message on its channel. */
void successor_on_message(void *context, uint32_t events);

/* The probation is over: end the launcher, by which the successor becomes another's child, and have
 * charge passed after that. */
void successor_give_charge(struct upgrade *upgrade, int64_t now_ns);

/* The launcher has ended, or takes too long for that: pass charge to a successor that still lives,
 * unless this master was asked to stop, and read what it took. Then there is no way back. */
void successor_pass_charge(struct upgrade *upgrade, int64_t now_ns);

/* Returns whether the successor may have its end of the channel still: also where the kernel does
 * not say, for one that lives would take charge when this end is closed. */
bool successor_may_survive(const struct upgrade *upgrade);

/* The launcher has ended with STATUS of waitpid(2), as its successor has. */
void successor_note_end(struct upgrade *upgrade, int status, int64_t now_ns);

#endif
