// SPDX-License-Identifier: ISC
#include "build/own_libraries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bactrian {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const PackageNeeds ours = {
    {"core", {}}, {"std", {"core"}}, {"mux", {"core", "aux"}}, {"aux", {}}, {"else", {}}};

TEST(OwnLibraries, ComeWithWhatTheyNeed) {
  EXPECT_THAT(offered_packages(ours, {"mux", "unix"}, {}), ElementsAre("aux", "core", "mux"));
  EXPECT_THAT(offered_packages(ours, {"unix"}, {}), IsEmpty());
}

TEST(OwnLibraries, StandBehindThoseThatAreInstalled) {
  EXPECT_THAT(offered_packages(ours, {"mux", "std"}, {"core"}), ElementsAre("aux"));
  EXPECT_THAT(offered_packages(ours, {"mux", "std"}, {"aux"}), ElementsAre("core", "std"));
  EXPECT_THAT(offered_packages(ours, {"mux"}, {"mux", "std"}), ElementsAre("aux", "core"));
}

}  // namespace
}  // namespace bactrian
