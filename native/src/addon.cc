// SPDX-License-Identifier: Apache-2.0
// What native/index.ts sees of the sensor: open, layout, support, the clock.
#include <bpf/bpf.h>
#include <napi.h>
#include <time.h>

#include <cstring>
#include <memory>
#include <optional>

#include "isolation_object.h"
#include "kill.h"
#include "layout.h"
#include "memory.h"
#include "notify.h"
#include "reader.h"
#include "support.h"

namespace picket {
namespace {

unsigned number(const Napi::Object& options, const char* name) {
  return options.Get(name).As<Napi::Number>().Uint32Value();
}

// A running sensor. JavaScript calls it; its reader's thread calls JavaScript through `bridge_`, one call a batch.
class Session : public Napi::ObjectWrap<Session> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Session",
                       {InstanceMethod<&Session::hooks>("hooks"), InstanceMethod<&Session::fallbacks>("fallbacks"),
                        InstanceMethod<&Session::ownPid>("ownPid"),
                        InstanceMethod<&Session::signals>("signals"), InstanceMethod<&Session::signal>("signal"),
                        InstanceMethod<&Session::counters>("counters"), InstanceMethod<&Session::tasks>("tasks"),
                        InstanceMethod<&Session::turned>("turned"), InstanceMethod<&Session::close>("close")});
  }

  // new Session(options, onRecords); throws what the loader says.
  explicit Session(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Session>(info) {
    Napi::Env env = info.Env();
    auto options = info[0].As<Napi::Object>();
    Loader::Options load{options.Get("folder").As<Napi::String>().Utf8Value(), number(options, "ringBytes"),
                         options.Get("ignoreSelf").As<Napi::Boolean>().Value(), number(options, "sampleMask"),
                         options.Get("direct").As<Napi::Boolean>().Value()};
    Reader::Options read{number(options, "foldMillis"), number(options, "flushMillis")};
    bridge_ = Napi::ThreadSafeFunction::New(env, info[1].As<Napi::Function>(), "picket-sensor", 0, 1);
    try {
      reader_ = std::make_unique<Reader>(
          std::make_unique<Loader>(load), read, [this](std::unique_ptr<Batch> batch) { deliver(std::move(batch)); },
          [this] { finish(); });
    } catch (const std::exception& error) {
      bridge_.Release();
      throw Napi::Error::New(env, error.what());
    }
    ownPid_ = reader_->loader().ownPid();
    fallbacks_ = reader_->loader().fallbacks();
    Ref();
    napi_add_env_cleanup_hook(env, onTeardown, this);
  }

 private:
  // In the reader's thread.
  void deliver(std::unique_ptr<Batch> batch) {
    Batch* handed = batch.release();
    auto status = bridge_.NonBlockingCall(handed, [this](Napi::Env env, Napi::Function call, Batch* raw) {
      std::unique_ptr<Batch> records(raw);
      if (static_cast<napi_env>(env) == nullptr) return;
      Napi::HandleScope scope(env);
      consume(env, call, *records);
    });
    if (status != napi_ok) {
      delete handed;
      reader_->consumed(1);
    }
  }

  // In JavaScript's thread: one buffer for all batches, so that the garbage collector never sees them.
  void consume(Napi::Env env, Napi::Function call, const Batch& records) {
    if (buffer_.IsEmpty() || buffer_.Value().ByteLength() < records.size())
      buffer_ = Napi::Persistent(Napi::ArrayBuffer::New(env, std::max(records.size(), size_t{320} << 10)));
    std::memcpy(buffer_.Value().Data(), records.data(), records.size());
    handled_ += 1;
    try {
      call.Call({Napi::Uint8Array::New(env, records.size(), buffer_.Value(), 0)});
    } catch (const Napi::Error& error) {
      // As if it were thrown in a callback of Node's own: an 'uncaughtException', not a warning.
      napi_fatal_exception(env, error.Value());
    }
  }

  // In the reader's thread, at its end.
  void finish() {
    bridge_.NonBlockingCall([this](Napi::Env env, Napi::Function) {
      if (static_cast<napi_env>(env) == nullptr) return;
      Napi::HandleScope scope(env);
      napi_remove_env_cleanup_hook(env, onTeardown, this);
      last_ = reader_->counters();
      lastOrphaned_ = reader_->orphaned();
      lastVanished_ = reader_->vanished();
      lastMissed_ = reader_->loader().missed();
      hooks_ = reader_->loader().hooks();
      reader_.reset();
      bridge_.Release();
      closed_->Resolve(env.Undefined());
      Unref();
    });
  }

  static void onTeardown(void* self) {
    auto session = static_cast<Session*>(self);
    session->reader_->abandon();
    session->reader_.reset();
  }

  Napi::Value hooks(const Napi::CallbackInfo& info) {
    if (reader_ && !closed_) reader_->loader().verify();
    const auto& all = reader_ ? reader_->loader().hooks() : hooks_;
    auto list = Napi::Array::New(info.Env(), all.size());
    for (size_t i = 0; i < all.size(); i++) {
      auto hook = Napi::Object::New(info.Env());
      hook.Set("name", all[i].name);
      hook.Set("attached", all[i].attached);
      hook.Set("reason", all[i].reason);
      hook.Set("lost", all[i].lost);
      list.Set(static_cast<uint32_t>(i), hook);
    }
    return list;
  }

  Napi::Value fallbacks(const Napi::CallbackInfo& info) {
    auto list = Napi::Array::New(info.Env(), fallbacks_.size());
    for (size_t i = 0; i < fallbacks_.size(); i++) list.Set(static_cast<uint32_t>(i), fallbacks_[i]);
    return list;
  }

  // signal(kind): the bytes of the last such signal to this process (struct picket_signal); empty after the end.
  Napi::Value signal(const Napi::CallbackInfo& info) {
    picket_signal note{};
    u32 kind = info[0].As<Napi::Number>().Uint32Value();
    bool found = reader_ && !closed_ && bpf_map_lookup_elem(reader_->loader().map("picket_signals"), &kind, &note) == 0;
    return Napi::Buffer<char>::Copy(info.Env(), reinterpret_cast<char*>(&note), found ? sizeof(note) : 0);
  }

  // A descriptor of the map of signals, for a process that outlives this one; -1 after the end.
  Napi::Value signals(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), reader_ && !closed_ ? reader_->loader().map("picket_signals") : -1);
  }

  // The kernel's list of processes (struct picket_task, one after the other); empty after the end.
  Napi::Value tasks(const Napi::CallbackInfo& info) {
    std::vector<unsigned char> bytes;
    if (reader_ && !closed_) bytes = reader_->loader().tasks();
    return Napi::Buffer<unsigned char>::Copy(info.Env(), bytes.data(), bytes.size());
  }

  Napi::Value ownPid(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), ownPid_); }

  Napi::Value counters(const Napi::CallbackInfo& info) {
    auto values = reader_ ? reader_->counters() : last_;
    auto all = Napi::Object::New(info.Env());
    for (size_t i = 0; i < values.size(); i++) all.Set(counterNames()[i], static_cast<double>(values[i]));
    all.Set("fold.orphaned", static_cast<double>(reader_ ? reader_->orphaned() : lastOrphaned_));
    all.Set("ring.vanished", static_cast<double>(reader_ ? reader_->vanished() : lastVanished_));
    all.Set("program.missed", static_cast<double>(reader_ ? reader_->loader().missed() : lastMissed_));
    return all;
  }

  // The event loop has gone round: the reader may hand over as many batches as were handled before.
  void turned(const Napi::CallbackInfo&) {
    if (reader_) reader_->consumed(handled_);
    handled_ = 0;
  }

  // Once: native/index.ts keeps the promise, a Deferred gives it only in the scope that made it.
  Napi::Value close(const Napi::CallbackInfo& info) {
    closed_.emplace(info.Env());
    reader_->stop();
    return closed_->Promise();
  }

  Napi::ThreadSafeFunction bridge_;
  Napi::Reference<Napi::ArrayBuffer> buffer_;
  std::optional<Napi::Promise::Deferred> closed_;
  std::unique_ptr<Reader> reader_;
  std::vector<Hook> hooks_;
  std::vector<std::string> fallbacks_;
  unsigned ownPid_ = 0;
  unsigned handled_ = 0;  // batches since the event loop went round last
  std::vector<u64> last_;
  u64 lastOrphaned_ = 0, lastVanished_ = 0;
  u64 lastMissed_ = 0;
};

Napi::Value layout(const Napi::CallbackInfo& info) {
  auto list = Napi::Array::New(info.Env());
  for (const Layout& record : layouts()) {
    auto entry = Napi::Object::New(info.Env());
    auto fields = Napi::Array::New(info.Env());
    for (const Field& field : record.fields) {
      auto row = Napi::Object::New(info.Env());
      row.Set("name", field.name);
      row.Set("offset", static_cast<double>(field.offset));
      row.Set("size", static_cast<double>(field.size));
      row.Set("kind", field.kind);
      fields.Set(fields.Length(), row);
    }
    entry.Set("name", record.name);
    entry.Set("type", record.type);
    entry.Set("size", static_cast<double>(record.size));
    entry.Set("fields", fields);
    list.Set(list.Length(), entry);
  }
  return list;
}

Napi::Value unsupported(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), whyUnsupported()); }

double micros(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec / 1000);
}

// What the wall clock showed at boot, by what it shows now: microseconds.
Napi::Value bootMicros(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), micros(CLOCK_REALTIME) - micros(CLOCK_BOOTTIME));
}

// notifyService(socket, message): 0 or the errno.
Napi::Value notify(const Napi::CallbackInfo& info) {
  auto text = [&](size_t at) { return info[at].As<Napi::String>().Utf8Value(); };
  return Napi::Number::New(info.Env(), notifyService(text(0), text(1)));
}

void release(const Napi::CallbackInfo&) { releaseUnused(); }

// killProcess(pid, startTicks): 0 or the errno.
Napi::Value kill(const Napi::CallbackInfo& info) {
  auto number = [&](size_t at) { return info[at].As<Napi::Number>().Int64Value(); };
  return Napi::Number::New(
      info.Env(), killProcess(static_cast<int>(number(0)), static_cast<unsigned long long>(number(1))));
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("Session", Session::define(env));
  exports.Set("layout", Napi::Function::New(env, layout));
  exports.Set("unsupported", Napi::Function::New(env, unsupported));
  exports.Set("bootMicros", Napi::Function::New(env, bootMicros));
  exports.Set("releaseUnused", Napi::Function::New(env, release));
  exports.Set("killProcess", Napi::Function::New(env, kill));
  exportIsolation(env, exports);
  exports.Set("notifyService", Napi::Function::New(env, notify));
  return exports;
}

NODE_API_MODULE(picket_sensor, initialise)

}  // namespace
}  // namespace picket
