// NCCL's double: what it does between processes of one machine, over sockets of loopback. A call goes on by itself, on a
// thread, and whoever makes another before it is done, or uses what was aborted, ends the test.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "Broadcast.hpp"
#include "cdouble.h"

namespace {

using ct::ChannelName;

/// What a name says: where rank 0 listens, and in this process by which descriptor.
struct Meeting {
  uint16_t port;
  int32_t listener;
};

struct Channel {
  /// Of rank 0 to all others, of the others to rank 0.
  std::vector<int> peers;
  bool is_first = false;
  int listener = -1;
  std::atomic<int> state{ct::nccl_success};
  std::thread thread;

  /// Begins something, which says how it ended.
  int begin(std::function<int()> work) {
    if (state == ct::nccl_in_progress) std::abort();
    if (thread.joinable()) thread.join();
    state = ct::nccl_in_progress;
    thread = std::thread([this, work = std::move(work)] { state = work(); });
    return ct::nccl_in_progress;
  }
};

std::mutex mutex;
/// Those that were not aborted.
std::set<void *> living;

Channel &living_one(void *self) {
  const std::lock_guard lock(mutex);
  if (living.count(self) == 0) std::abort();
  return *static_cast<Channel *>(self);
}

bool write_all(int peer, const void *from, size_t count) {
  for (size_t done = 0; done < count;) {
    const ssize_t now = send(peer, static_cast<const char *>(from) + done, count - done, MSG_NOSIGNAL);
    if (now <= 0) return false;
    done += static_cast<size_t>(now);
  }
  return true;
}

bool read_all(int peer, void *to, size_t count) {
  for (size_t done = 0; done < count;) {
    const ssize_t now = recv(peer, static_cast<char *>(to) + done, count - done, 0);
    if (now <= 0) return false;
    done += static_cast<size_t>(now);
  }
  return true;
}

size_t bytes_of(int type) {
  switch (type) {
    case ct::nccl_uint8: return 1;
    case ct::nccl_float16:
    case ct::nccl_bfloat16: return 2;
    case ct::nccl_float32: return 4;
    case ct::nccl_float64: return 8;
    default: return 0;
  }
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int get_name(ChannelName *name) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr *>(&address), length) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr *>(&address), &length) != 0) {
    return ct::nccl_invalid_argument;
  }
  const Meeting meeting{ntohs(address.sin_port), listener};
  std::memset(name->bytes, 0, sizeof name->bytes);
  std::memcpy(name->bytes, &meeting, sizeof meeting);
  return ct::nccl_success;
}

int meet_others(Channel &channel) {
  for (int &peer : channel.peers) {
    peer = accept(channel.listener, nullptr, nullptr);
    if (peer < 0) return ct::nccl_remote_error;
  }
  return ct::nccl_success;
}

int meet_first(Channel &channel, uint16_t port) {
  const auto address = loopback(port);
  const bool is_there = connect(channel.peers[0], reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
  return is_there ? ct::nccl_success : ct::nccl_remote_error;
}

int join(void **out, int count, ChannelName name, int rank, ct::ChannelSettings *settings) {
  if (settings->blocking != 0 || count < 2 || rank < 0 || rank >= count) return ct::nccl_invalid_argument;
  Meeting meeting;
  std::memcpy(&meeting, name.bytes, sizeof meeting);
  auto *channel = new Channel;
  channel->is_first = rank == 0;
  if (channel->is_first) {
    channel->listener = meeting.listener;
    channel->peers.resize(static_cast<size_t>(count - 1), -1);
  } else {
    channel->peers = {socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  }
  *out = channel;
  {
    const std::lock_guard lock(mutex);
    living.insert(channel);
  }
  return channel->begin(
      [=] { return channel->is_first ? meet_others(*channel) : meet_first(*channel, meeting.port); });
}

int send_or_take(const Channel &channel, const void *from, void *to, size_t bytes) {
  if (!channel.is_first) return read_all(channel.peers[0], to, bytes) ? ct::nccl_success : ct::nccl_remote_error;
  for (const int peer : channel.peers) {
    if (!write_all(peer, from, bytes)) return ct::nccl_remote_error;
  }
  return ct::nccl_success;
}

int broadcast(const void *from, void *to, size_t count, int type, int root, void *self, void *) {
  auto &channel = living_one(self);
  const size_t bytes = count * bytes_of(type);
  if (root != 0 || (bytes == 0 && count > 0)) return ct::nccl_invalid_argument;
  return channel.begin([=, &channel] { return send_or_take(channel, from, to, bytes); });
}

int all_reduce(const void *from, void *to, size_t count, int type, int operation, void *self, void *) {
  auto &channel = living_one(self);
  if (type != ct::nccl_float32 || operation != ct::nccl_sum || count != 1) return ct::nccl_invalid_argument;
  return channel.begin([=, &channel] {
    float sum = *static_cast<const float *>(from);
    if (!channel.is_first && !write_all(channel.peers[0], &sum, sizeof sum)) return ct::nccl_remote_error;
    if (channel.is_first) {
      for (const int peer : channel.peers) {
        float other = 0;
        if (!read_all(peer, &other, sizeof other)) return ct::nccl_remote_error;
        sum += other;
      }
    }
    const int result = send_or_take(channel, &sum, &sum, sizeof sum);
    *static_cast<float *>(to) = sum;
    return result;
  });
}

int state_of(void *self, int *state) {
  *state = living_one(self).state;
  return ct::nccl_success;
}

int abort_channel(void *self) {
  auto &channel = living_one(self);
  {
    const std::lock_guard lock(mutex);
    living.erase(self);
  }
  // Whoever waits in it is told.
  if (channel.listener >= 0) shutdown(channel.listener, SHUT_RDWR);
  for (const int peer : channel.peers) {
    if (peer >= 0) shutdown(peer, SHUT_RDWR);
  }
  if (channel.thread.joinable()) channel.thread.join();
  if (channel.listener >= 0) close(channel.listener);
  for (const int peer : channel.peers) {
    if (peer >= 0) close(peer);
  }
  delete &channel;
  return ct::nccl_success;
}

const char *words(int result) {
  switch (result) {
    case ct::nccl_success: return "no error";
    case ct::nccl_remote_error: return "remote process exited";
    default: return "invalid argument";
  }
}

constexpr ct::Nccl channels{get_name, join, all_reduce, broadcast, state_of, abort_channel, words};

}  // namespace

void cdouble_install_channels(void) { ct::nccl_double = &channels; }
