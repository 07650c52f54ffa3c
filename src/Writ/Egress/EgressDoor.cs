using System.Globalization;

namespace Writ.Egress;

/// <summary>Where the way out of a sandbox begins, and how programs are told of it.</summary>
public static class EgressDoor
{
    /// <summary>The TCP port of the sandbox's own loopback device: HTTP, CONNECT and SOCKS5.</summary>
    public const int Port = 8118;

    /// <summary>The Unix socket behind it, inside of the sandbox.</summary>
    public const string SocketPath = "/run/writ/egress";

    const string Own = "localhost,127.0.0.1,::1";

    static readonly string _proxy = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");

    /// <summary>
    /// The variables that curl, git, npm, pip, python, go and node read, in both spellings where both are read. Not
    /// SOCKS, though that is spoken too: many clients fail at once on a proxy they lack a library for.
    /// </summary>
    public static ImmutableArray<(string Name, string Value)> Variables { get; } =
    [
        ("ALL_PROXY", _proxy), ("HTTPS_PROXY", _proxy), ("HTTP_PROXY", _proxy), ("NODE_USE_ENV_PROXY", "1"),
        ("NO_PROXY", Own), ("all_proxy", _proxy), ("http_proxy", _proxy), ("https_proxy", _proxy), ("no_proxy", Own),
    ];
}
