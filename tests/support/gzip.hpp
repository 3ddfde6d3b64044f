// SPDX-License-Identifier: Apache-2.0
// gzip bodies for upstreams: honest ones, and bombs made of one repeated byte, which deflate packs about
// 1:1000. Cut and mislabelled ones need nothing from here: cut or label the bytes. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace prewarm::testkit {

std::string gzip(std::string_view plain);

/// Decompresses to `bytes` times `filling`. "0" makes JSON digits, ' ' a body that never begins.
std::string gzip_bomb(std::size_t bytes, char filling = '0');

}  // namespace prewarm::testkit
