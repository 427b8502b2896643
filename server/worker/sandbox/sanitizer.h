/*
 * sanitizer: whether this is a build with AddressSanitizer, which opens files to name an error.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_SANITIZER_H
#define PREFORKD_SERVER_WORKER_SANDBOX_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifndef HAS_SANITIZER
#define HAS_SANITIZER 0
#endif

#endif
