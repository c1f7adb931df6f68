// SPDX-License-Identifier: Apache-2.0
// What native/index.ts sees of an isolation.
#include "isolation_object.h"

#include <arpa/inet.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "isolation.h"

namespace picket {
namespace {

// "192.0.2.1" or "2001:db8::1".
picket_server serverOf(const std::string& address, unsigned port) {
  picket_server server{};
  server.port = htons(static_cast<__u16>(port));
  in_addr ipv4;
  if (inet_pton(AF_INET6, address.c_str(), server.address) == 1) return server;
  if (inet_pton(AF_INET, address.c_str(), &ipv4) != 1) throw std::runtime_error(address + " is no address");
  server.address[10] = server.address[11] = 0xff;
  std::memcpy(server.address + 12, &ipv4, sizeof(ipv4));
  return server;
}

class IsolationObject : public Napi::ObjectWrap<IsolationObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Isolation",
                       {InstanceMethod<&IsolationObject::fleeting>("fleeting"),
                        InstanceMethod<&IsolationObject::intact>("intact"), InstanceMethod<&IsolationObject::close>("close"),
                        InstanceMethod<&IsolationObject::release>("release")});
  }

  explicit IsolationObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<IsolationObject>(info) {
    auto options = info[0].As<Napi::Object>();
    auto text = [&](const char* name) { return options.Get(name).As<Napi::String>().Utf8Value(); };
    unsigned port = options.Get("port").As<Napi::Number>().Uint32Value();
    auto addresses = options.Get("addresses").As<Napi::Array>();
    try {
      Isolation::Options all{text("object"), text("cgroup"), text("pins"),
                             static_cast<__u64>(options.Get("untilNanos").As<Napi::Number>().DoubleValue()), {}};
      for (uint32_t i = 0; i < addresses.Length(); i++)
        all.servers.push_back(serverOf(addresses.Get(i).As<Napi::String>().Utf8Value(), port));
      isolation_ = std::make_unique<Isolation>(all);
    } catch (const std::exception& error) {
      throw Napi::Error::New(info.Env(), error.what());
    }
  }

 private:
  Napi::Value fleeting(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), isolation_->fleeting()); }
  Napi::Value intact(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), isolation_->intact()); }
  Napi::Value close(const Napi::CallbackInfo& info) {
    isolation_->close();
    return info.Env().Undefined();
  }
  Napi::Value release(const Napi::CallbackInfo& info) {
    isolation_->release();
    return info.Env().Undefined();
  }

  std::unique_ptr<Isolation> isolation_;
};

Napi::Value releasePinned(const Napi::CallbackInfo& info) {
  Isolation::releasePinned(info[0].As<Napi::String>().Utf8Value());
  return info.Env().Undefined();
}

}  // namespace

void exportIsolation(Napi::Env env, Napi::Object exports) {
  exports.Set("Isolation", IsolationObject::define(env));
  exports.Set("releasePinned", Napi::Function::New(env, releasePinned));
}

}  // namespace picket
