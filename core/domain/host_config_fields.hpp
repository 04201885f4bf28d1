// Docker's HostConfig as a field table, in the order dockerd prints it. Data only.
#pragma once

#include "core/domain/fields.hpp"

namespace gantry::domain::host_config_fields {

using enum FieldType;

inline constexpr Field kLogConfig[] = {{"Type", string}, {"Config", string_map}};
inline constexpr Field kPortBinding[] = {{"HostIp", string}, {"HostPort", string}};
inline constexpr Field kRestartPolicy[] = {{"Name", string}, {"MaximumRetryCount", integer}};
inline constexpr Field kWeightDevice[] = {{"Path", string}, {"Weight", integer}};
inline constexpr Field kThrottleDevice[] = {{"Path", string}, {"Rate", integer}};
inline constexpr Field kDevice[] = {
    {"PathOnHost", string}, {"PathInContainer", string}, {"CgroupPermissions", string}};
inline constexpr Field kDeviceRequest[] = {{"Driver", string},
                                           {"Count", integer},
                                           {"DeviceIDs", strings},
                                           {"Capabilities", string_lists},
                                           {"Options", string_map}};
inline constexpr Field kUlimit[] = {{"Name", string}, {"Hard", integer}, {"Soft", integer}};
inline constexpr Field kBindOptions[] = {{"Propagation", string, true},
                                         {"NonRecursive", boolean, true},
                                         {"CreateMountpoint", boolean, true},
                                         {"ReadOnlyNonRecursive", boolean, true},
                                         {"ReadOnlyForceRecursive", boolean, true}};
inline constexpr Field kDriverConfig[] = {{"Name", string, true}, {"Options", string_map, true}};
inline constexpr Field kVolumeOptions[] = {{"NoCopy", boolean, true},
                                           {"Labels", string_map, true},
                                           {"Subpath", string, true},
                                           {"DriverConfig", object, true, kDriverConfig}};
inline constexpr Field kImageOptions[] = {{"Subpath", string, true}};
inline constexpr Field kTmpfsOptions[] = {
    {"SizeBytes", integer, true}, {"Mode", integer, true}, {"Options", string_lists, true}};
inline constexpr Field kMount[] = {{"Type", string, true},
                                   {"Source", string, true},
                                   {"Target", string, true},
                                   {"ReadOnly", boolean, true},
                                   {"Consistency", string, true},
                                   {"BindOptions", object, true, kBindOptions},
                                   {"VolumeOptions", object, true, kVolumeOptions},
                                   {"ImageOptions", object, true, kImageOptions},
                                   {"TmpfsOptions", object, true, kTmpfsOptions}};

inline constexpr Field kHostConfig[] = {
    {"Binds", strings},
    {"ContainerIDFile", string},
    {"LogConfig", object, false, kLogConfig},
    {"NetworkMode", string},
    {"PortBindings", object_map, false, kPortBinding},
    {"RestartPolicy", object, false, kRestartPolicy},
    {"AutoRemove", boolean},
    {"VolumeDriver", string},
    {"VolumesFrom", strings},
    {"ConsoleSize", strings},  // always overridden: two integers
    {"Annotations", string_map, true},
    {"CapAdd", strings},
    {"CapDrop", strings},
    {"CgroupnsMode", string},
    {"Dns", strings},
    {"DnsOptions", strings},
    {"DnsSearch", strings},
    {"ExtraHosts", strings},
    {"GroupAdd", strings},
    {"IpcMode", string},
    {"Cgroup", string},
    {"Links", strings},
    {"OomScoreAdj", integer},
    {"PidMode", string},
    {"Privileged", boolean},
    {"PublishAllPorts", boolean},
    {"ReadonlyRootfs", boolean},
    {"SecurityOpt", strings},
    {"StorageOpt", string_map, true},
    {"Tmpfs", string_map, true},
    {"UTSMode", string},
    {"UsernsMode", string},
    {"ShmSize", integer},
    {"Sysctls", string_map, true},
    {"Runtime", string},
    {"Isolation", string},
    {"CpuShares", integer},
    {"Memory", integer},
    {"NanoCpus", integer},
    {"CgroupParent", string},
    {"BlkioWeight", integer},
    {"BlkioWeightDevice", objects, false, kWeightDevice},
    {"BlkioDeviceReadBps", objects, false, kThrottleDevice},
    {"BlkioDeviceWriteBps", objects, false, kThrottleDevice},
    {"BlkioDeviceReadIOps", objects, false, kThrottleDevice},
    {"BlkioDeviceWriteIOps", objects, false, kThrottleDevice},
    {"CpuPeriod", integer},
    {"CpuQuota", integer},
    {"CpuRealtimePeriod", integer},
    {"CpuRealtimeRuntime", integer},
    {"CpusetCpus", string},
    {"CpusetMems", string},
    {"Devices", objects, false, kDevice},
    {"DeviceCgroupRules", strings},
    {"DeviceRequests", objects, false, kDeviceRequest},
    {"KernelMemory", integer, true},
    {"KernelMemoryTCP", integer, true},
    {"MemoryReservation", integer},
    {"MemorySwap", integer},
    {"MemorySwappiness", nullable_integer},
    {"OomKillDisable", nullable_boolean},
    {"PidsLimit", nullable_integer},
    {"Ulimits", objects, false, kUlimit},
    {"CpuCount", integer},
    {"CpuPercent", integer},
    {"IOMaximumIOps", integer},
    {"IOMaximumBandwidth", integer},
    {"Mounts", objects, true, kMount},
    {"MaskedPaths", strings},
    {"ReadonlyPaths", strings},
    {"Init", nullable_boolean, true},
};

}  // namespace gantry::domain::host_config_fields
