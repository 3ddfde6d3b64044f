// SPDX-License-Identifier: Apache-2.0
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "prewarm/base/log.hpp"

namespace prewarm {
namespace {

class StderrLog final : public Log {
 public:
  explicit StderrLog(LogSettings settings)
      : settings_(std::move(settings)),
        logger_("prewarm", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger_.set_pattern("%v");
    logger_.set_level(spdlog::level::trace);
    logger_.set_error_handler([](const std::string&) {});  // a closed stderr must not stop the worker
  }

  void write(const LogLine& line) override {
    if (line.level < settings_.level) return;
    const std::string text =
        settings_.format == LogFormat::json ? json_line(settings_, line) : human_line(settings_, line);
    logger_.log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
    logger_.flush();
  }

 private:
  const LogSettings settings_;
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<Log> make_stderr_log(LogSettings settings) {
  return std::make_unique<StderrLog>(std::move(settings));
}

}  // namespace prewarm
