"""Prints the bench rows that have a target: dockerd, gantry, ratio, target, whether it is met.  usage: rows.py bench.json"""
import json
import sys

# row -> (what is limited: the ratio to dockerd or the value itself, '<=' or '>=', limit)
TARGETS = {
    'cli_run_ms': ('ratio', '<=', 0.35), 'lifecycle_ms': ('ratio', '<=', 0.3), 'cli_exec_ms': ('ratio', '<=', 0.6),
    'list_c1_rps': ('ratio', '>=', 3), 'ping_c1_rps': ('ratio', '>=', 1),
    'log_write_MBps': ('ratio', '>=', 3), 'log_read_MBps': ('ratio', '>=', 8),
    'run_zero_MBps': ('ratio', '>=', 4), 'stdin_cat_MBps': ('ratio', '>=', 3), 'n50_start_all_s': ('ratio', '<=', 0.35),
    'start_fresh_ms': ('value', '<=', 50), 'start_restart200_ms': ('value', '<=', 100),
    'idle_pss_MB': ('value', '<=', 12), 'idle_cpu_ms_per_s': ('value', '<=', 0.1), 'n50_pss_per_container_MB': ('value', '<=', 0.6),
}


def shown(number) -> str:
    return '–' if number is None else f'{number:.3g}' if abs(number) < 1000 else f'{number:.0f}'


def main():
    with open(sys.argv[1]) as file:
        results = json.load(file)['results']
    rows = {name: entry for workload in results.values() for name, entry in workload['metrics'].items()}
    print(f'\n{"row":26}{"dockerd":>10}{"gantry":>10}{"ratio":>8}   target')
    for name, (what, sign, limit) in TARGETS.items():
        medians = {target: summary['median'] for target, summary in rows.get(name, {}).get('targets', {}).items()}
        ours, theirs = medians.get('gantry'), medians.get('dockerd')
        ratio = ours / theirs if ours is not None and theirs else None
        measured = ratio if what == 'ratio' else ours
        met = '' if measured is None else 'met' if (measured <= limit if sign == '<=' else measured >= limit) else 'MISSED'
        print(f'{name:26}{shown(theirs):>10}{shown(ours):>10}{shown(ratio):>8}   {"ratio " if what == "ratio" else ""}{sign} {limit}  {met}')
    for name, workload in results.items():
        for target, reasons in workload.get('errors', {}).items():
            print(f'{name}: {target} fails: {"; ".join(reasons)[:300]}')


main()
