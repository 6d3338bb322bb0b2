// SPDX-License-Identifier: MIT
// kernel/base/annot.h - attribute macros: clang thread-safety capabilities and must-check.
//
// They go on functions. A guard among a structure's own members is named in a comment, because C
// cannot name a sibling member in GUARDED_BY, which is for globals.
#pragma once

#define CAPABILITY(name)       __attribute__((capability(name)))
#define ACQUIRES(...)          __attribute__((acquire_capability(__VA_ARGS__)))
#define TRY_ACQUIRES(...)      __attribute__((try_acquire_capability(__VA_ARGS__))) // (result, lock)
#define RELEASES(...)          __attribute__((release_capability(__VA_ARGS__)))
#define REQUIRES(...)          __attribute__((requires_capability(__VA_ARGS__)))
#define EXCLUDES(...)          __attribute__((locks_excluded(__VA_ARGS__)))
#define ASSERT_CAPABILITY(...) __attribute__((assert_capability(__VA_ARGS__)))
#define GUARDED_BY(lock)       __attribute__((guarded_by(lock)))
#define NO_TSA                 __attribute__((no_thread_safety_analysis))
#define NODISCARD              __attribute__((warn_unused_result))
