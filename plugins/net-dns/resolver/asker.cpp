#include "resolver/asker.hpp"

namespace net_dns {

Bytes* Memo::find(std::string_view query, std::uint64_t generation) {
  if (generation != generation_) return nullptr;
  const auto it = answers_.find(query);
  if (it == answers_.end() || it->second.turns.size() < it->second.wanted) return nullptr;
  Answers& answers = it->second;
  if (++answers.next >= answers.turns.size()) answers.next = 0;
  return &answers.turns[answers.next];
}

std::size_t Memo::count(std::string_view query, std::uint64_t generation) const {
  if (generation != generation_) return 0;
  const auto it = answers_.find(query);
  return it == answers_.end() ? 0 : it->second.turns.size();
}

void Memo::put(std::string_view query, std::uint64_t generation, const Bytes& answer,
               std::size_t turns) {
  if (turns > kMostTurns || query.size() > kLongestQuery) return;
  if (answer.size() * turns > kMostBytes / 2) return;
  if (generation != generation_ || answers_.size() >= kMostQueries ||
      bytes_ + answer.size() > kMostBytes) {
    answers_.clear();
    bytes_ = 0;
    generation_ = generation;
  }
  Answers& answers = answers_[std::string(query)];
  answers.wanted = turns;
  if (answers.turns.size() >= turns) return;
  answers.turns.push_back(answer);
  bytes_ += answer.size();
}

}  // namespace net_dns
