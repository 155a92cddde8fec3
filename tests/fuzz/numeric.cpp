// SPDX-License-Identifier: MIT
// Arbitrary bytes as a numeric, and arbitrary text as one: what is read is spelled, read again and
// equal.
#include <honeydue/numeric.hpp>

#include "survivor.hpp"

using namespace honeydue;

namespace {

void survive_text(std::string_view text) {
    const auto read = numeric::parse(text);
    if (!read) return;
    const auto again = numeric::parse(read->text());
    if (!again || again->text() != read->text() || *again != *read) std::abort();
    const parameters sent = fuzz::encoded(*read);
    numeric back;
    const auto wire = sent.wire().subspan(sizeof(std::int32_t));
    const fuzz::exact_cell from{wire.data(), wire.size()};
    if (decode(from.get(), back) != codec_fault::none || back.text() != read->text()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    if (data[0] % 2 == 0) {
        survive_text({reinterpret_cast<const char*>(data) + 1, size - 1});
        return 0;
    }
    return fuzz::survive_one_of<numeric>(data, size);
}
