// SPDX-License-Identifier: ISC

// Power cuts. A recording device keeps every write between barriers; then the power is cut at every place:
// all of the epochs before, and of the one under way any writes, in any order, the last ones torn at 512
// bytes. What is there after the cut must be exactly some state between the last sync before it and the cut.

#include <redoxfs/check.h>

#include "model.h"

namespace redoxfs::test {
namespace {

struct Write {
  std::uint64_t first;
  std::vector<std::byte> data;
};

/// What happened between two barriers. `operation` numbers the operations that were done when it began.
struct Epoch {
  std::vector<Write> writes;
  std::size_t last_operation = 0;  ///< begun before the epoch ended
};

class RecordingDevice final : public RamDevice {
 public:
  using RamDevice::RamDevice;
  Result<void> write(std::uint64_t first, ConstBytes from) override {
    if (recording) epochs.back().writes.push_back({first, {from.begin(), from.end()}});
    return RamDevice::write(first, from);
  }
  Result<void> barrier() override {
    if (recording) {
      epochs.back().last_operation = operation;
      epochs.emplace_back();
    }
    return {};
  }
  bool recording = false;
  std::size_t operation = 0;
  std::vector<Epoch> epochs{1};
};

void apply(RamDevice& device, const Write& write, std::size_t size) {
  std::memcpy(device.data.data() + write.first * block_size, write.data.data(), size);
}

/// What is on the medium when the power goes within the epoch.
void cut(RamDevice& device, const Epoch& epoch, std::mt19937_64& random) {
  std::vector<std::size_t> order(epoch.writes.size());
  for (std::size_t i = 0; i < order.size(); i++) order[i] = i;
  const bool in_order = random() % 3 == 0;
  if (!in_order) std::shuffle(order.begin(), order.end(), random);
  const std::size_t kept = order.empty() ? 0 : random() % (order.size() + 1);
  // Writes to one block keep their order; the device of a real machine does that too.
  std::vector<std::size_t> chosen(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept));
  std::sort(chosen.begin(), chosen.end());
  for (std::size_t i : chosen) {
    const Write& write = epoch.writes[i];
    const std::size_t sectors = write.data.size() / 512;
    switch (random() % 6) {
      case 0:
        apply(device, write, random() % (sectors + 1) * 512);
        break;
      case 1:
        for (std::size_t s = 0; s < sectors; s++)
          if (random() % 2)
            std::memcpy(device.data.data() + write.first * block_size + s * 512, write.data.data() + s * 512,
                        512);
        break;
      default:
        apply(device, write, write.data.size());
    }
  }
}

class Findings final : public CheckObserver {
 public:
  void found(const Finding& finding) override {
    // A torn header is what a cut leaves; falling back one generation is the remedy.
    if (finding.problem != Problem::header) text += std::string(redoxfs::describe(finding.problem)) + "\n";
  }
  std::string text;
};

TEST(PowerCut, LeavesAStateThatWas) {
  const int runs = full_run() ? 40 : 3;
  const int cuts_an_epoch = full_run() ? 4 : 1;
  std::size_t cuts = 0;
  HostServices host;
  for (int run = 0; run < runs; run++) {
    SCOPED_TRACE("run " + std::to_string(run));
    const bool small = run % 2 == 1;
    RecordingDevice device(small ? 700 : 1536);
    must(format(device, host.services, {}), "format");
    // What the ring and the blocks had before must not matter.
    Driver driver(static_cast<std::uint64_t>(run) + 17,
                  {.most_nodes = 25, .largest_write = 60'000, .largest_file = 250'000, .longest_name = 40});
    std::vector<std::string> states;  // after operation i
    std::vector<std::byte> before;
    std::vector<std::pair<std::size_t, std::size_t>>
        synced;  // (epoch, operation): durable from this epoch on
    {
      auto system = open(device, host.services);
      for (int i = 0; i < 100; i++) driver.step(*system);
      must(system->sync(), "sync");
      before = device.data;
      device.recording = true;
      states.push_back(driver.model.digest());
      synced.emplace_back(0, 0);
      for (int i = 0; i < 250; i++) {
        device.operation = states.size();  // the operation that may be in what is written now
        driver.step(*system);
        states.push_back(driver.model.digest());
        if (driver.pick(6) != 0) continue;
        device.operation = states.size() - 1;
        must(system->sync(), "sync");
        synced.emplace_back(device.epochs.size() - 1, states.size() - 1);
      }
      device.epochs.back().last_operation = states.size() - 1;
    }
    std::mt19937_64 random(static_cast<std::uint64_t>(run));
    RamDevice medium(device.block_count());
    medium.data = before;
    std::size_t sync_index = 0;
    for (std::size_t e = 0; e < device.epochs.size(); e++) {
      const Epoch& epoch = device.epochs[e];
      while (sync_index + 1 < synced.size() && synced[sync_index + 1].first <= e) sync_index++;
      for (int i = 0; i < cuts_an_epoch; i++) {
        RamDevice after(0);
        after.data = medium.data;
        cut(after, epoch, random);
        cuts++;
        SCOPED_TRACE("epoch " + std::to_string(e));
        // Whatever was held is gone; so a state with held, nameless files counts as the one without.
        Findings findings;
        const auto checked = must(check(after, host.services, {}, findings), "check after the cut");
        ASSERT_EQ(findings.text, "");
        ASSERT_EQ(checked.blocks_leaked, 0u);
        auto system = open(after, host.services);
        const std::string found = digest(*system);
        bool known = false;
        for (std::size_t s = synced[sync_index].second; s <= epoch.last_operation && s < states.size(); s++)
          known = known || states[s] == found;
        ASSERT_TRUE(known) << "operations " << synced[sync_index].second << " to " << epoch.last_operation
                           << "\n"
                           << found << "\nsynced:\n"
                           << states[synced[sync_index].second];
        // And life goes on.
        const NodeId id = must(system->create(root_node, "after the cut", mode::file | 0600, 0, 0), "create");
        (void)system->write(id, 0, bytes(std::string(5000, 'z')));
        must(system->sync(), "sync");
        system = {};
        if (i == 0) {
          Findings again;
          const auto sound = must(check(after, host.services, {}, again), "check");
          ASSERT_EQ(again.text, "");
          ASSERT_EQ(sound.blocks_leaked, 0u);
        }
      }
      for (const Write& write : epoch.writes) apply(medium, write, write.data.size());
    }
  }
  RecordProperty("cuts", static_cast<int>(cuts));
  std::printf("%zu power cuts\n", cuts);
}

/// The newest header is damaged after the fact, while the generation that would follow it is being written.
TEST(PowerCut, ADamagedNewestHeaderCostsOneGeneration) {
  HostServices host;
  int tried = 0;
  for (int seed = 0; seed < (full_run() ? 200 : 10); seed++) {
    RamDevice device(900);
    must(format(device, host.services, {}), "format");
    Driver driver(static_cast<std::uint64_t>(seed), {.most_nodes = 25,
                                                     .largest_write = 60'000,
                                                     .largest_file = 200'000,
                                                     .longest_name = 40,
                                                     .hold = false});
    std::vector<std::string> states;
    std::uint64_t generation = 0;
    {
      // Without room for dirty records everything is written at once.
      auto system =
          must(FileSystem::open(device, host.services,
                                {.access = Access::read_write, .limits = {.dirty_record_bytes = 0}}),
               "open");
      const std::uint64_t rounds = 3 + driver.pick(30);
      for (std::uint64_t i = 0; i < rounds; i++) {
        const std::uint64_t was = system->usage().generation;
        for (int k = 0; k < 8; k++) driver.step(*system);
        must(system->sync(), "sync");
        // A generation that a full device asked for may lie between, with any state of that round.
        if (system->usage().generation > was + 1) states.clear();
        states.push_back(driver.model.digest());
        generation = system->usage().generation;
      }
      for (int k = 0; k < 8; k++) driver.step(*system);
      if (system->usage().generation != generation) continue;  // a full device wanted more
      tried++;
    }
    device.data[generation % 256 * block_size + 100] ^= std::byte{1};
    auto system = open(device, host.services, Access::read_only);
    EXPECT_TRUE(system->fell_back());
    EXPECT_EQ(system->usage().generation, generation - 1);
    const std::string found = digest(*system);  // reads every file
    if (states.size() >= 2) {
      EXPECT_EQ(found, states[states.size() - 2]);
    }
  }
  EXPECT_GT(tried, 5);
}

}  // namespace
}  // namespace redoxfs::test
