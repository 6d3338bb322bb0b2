// SPDX-License-Identifier: MIT
// kernel/proc/sys_sched_attr.c - sched_setattr() and sched_getattr(), whose structure may grow.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/proc/sched_change.h"
#include "kernel/proc/sys.h"
#include "kernel/proc/urgency.h"
#include "mm/layout.h"
#include "mm/user/copy.h"

// Is what the program has beyond what is known here all zero? Returns: 0; -E2BIG; -EFAULT.
static int check_rest(uva_t at, uint32_t from, uint32_t size)
{
    unsigned char byte;

    for (uint32_t i = from; i < size; i++) {
        if (copy_from_user(&byte, at + i, 1) != 0) {
            return -EFAULT;
        }
        if (byte != 0) {
            return -E2BIG;
        }
    }
    return 0;
}

static int get_attr(struct sched_attr *attr, uva_t from)
{
    uint32_t size;

    if (copy_from_user(&size, from, sizeof(size)) != 0) {
        return -EFAULT;
    }
    size = size == 0 ? SCHED_ATTR_SIZE_VER0 : size;
    int err = size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE
                  ? -E2BIG
                  : check_rest(from, sizeof(*attr), size);
    if (err == -E2BIG) { // say what would do
        size = sizeof(*attr);
        return copy_to_user(from, &size, sizeof(size)) != 0 ? -EFAULT : -E2BIG;
    }
    *attr = (struct sched_attr){};
    return err != 0 ? err : copy_from_user(attr, from, min_u64(size, sizeof(*attr)));
}

// Change `s` to what `attr` asks for. Returns: 0; -EINVAL.
static int apply(const struct sched_attr *attr, struct scheduling *s)
{
    bool keep_policy = (attr->sched_flags & SCHED_FLAG_KEEP_POLICY) != 0;
    bool keep_params = (attr->sched_flags & SCHED_FLAG_KEEP_PARAMS) != 0;
    int err = sched_change_policy(s, keep_policy ? s->policy : (int)attr->sched_policy,
                                  keep_params ? s->priority : (int)attr->sched_priority);

    if (err != 0) {
        return err;
    }
    if (!keep_params && !is_realtime_policy(s->policy)) {
        s->nice = (int8_t)nice_clamp(attr->sched_nice);
    }
    s->reset_on_fork = (attr->sched_flags & SCHED_FLAG_RESET_ON_FORK) != 0;
    return 0;
}

long sys_sched_setattr(uint64_t tid, uint64_t from, uint64_t flags)
{
    const uint64_t known =
        SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_KEEP_POLICY | SCHED_FLAG_KEEP_PARAMS;
    struct sched_attr attr;

    if (from == 0 || (int)tid < 0 || (unsigned)flags != 0) {
        return -EINVAL;
    }
    int err = get_attr(&attr, from);
    if (err == 0 && ((int)attr.sched_policy < 0 || (attr.sched_flags & ~known) != 0)) {
        err = -EINVAL;
    }
    struct user_thread *user = err == 0 ? sched_find(tid, &err) : NULL;
    if (user == NULL) {
        return err;
    }
    struct scheduling s = sched_change_begin(user);

    err = apply(&attr, &s);
    sched_change_end(user, s);
    user_thread_put(user);
    return err;
}

long sys_sched_getattr(uint64_t tid, uint64_t to, uint64_t size, uint64_t flags)
{
    struct sched_attr attr = {};
    int err;

    if (to == 0 || (unsigned)flags != 0 || (unsigned)size < SCHED_ATTR_SIZE_VER0 ||
        (unsigned)size > PAGE_SIZE) {
        return -EINVAL;
    }
    struct user_thread *user = sched_find(tid, &err);
    if (user == NULL) {
        return err;
    }
    struct scheduling s = scheduling_of(user);
    user_thread_put(user);
    attr.size = (uint32_t)min_u64((unsigned)size, sizeof(attr));
    attr.sched_policy = s.policy;
    attr.sched_flags = s.reset_on_fork ? SCHED_FLAG_RESET_ON_FORK : 0;
    attr.sched_priority = s.priority;
    attr.sched_nice = is_realtime_policy(s.policy) ? 0 : s.nice;
    return copy_to_user(to, &attr, attr.size);
}
