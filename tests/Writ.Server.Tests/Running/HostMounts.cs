namespace Writ.Server.Tests.Running;

/// <summary>
/// Classes of which some mount something on this machine, and others rest on nothing being mounted meanwhile: a sandbox
/// that stands ready is not used after that. They run one after the other.
/// </summary>
[CollectionDefinition(Name)]
public sealed class HostMounts
{
    internal const string Name = "host mounts";
}
