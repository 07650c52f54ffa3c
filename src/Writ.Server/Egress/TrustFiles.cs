using System.Collections.Immutable;
using Writ.Egress;
using Writ.Linux;

namespace Writ.Server.Egress;

/// <summary>Whom the TLS clients of a run may believe, as files that are bound into its sandbox.</summary>
static class TrustFiles
{
    const int EverybodyReads = 0x124;

    /// <summary>Writes them into a directory of the run's own.</summary>
    /// <returns>Where each is, and where it is to be in the sandbox.</returns>
    /// <exception cref="IOException">One cannot be written.</exception>
    public static ImmutableArray<(string Outside, string Inside)> Write(string directory, RunAuthority authority)
    {
        var own = Path.Combine(directory, "run.pem");
        var all = Path.Combine(directory, "bundle.pem");
        // A link leads to a file that stands over another name.
        var systems = EgressTrust.SystemBundles.Where(p => Files.TryFacts(p) is { IsRegular: true }
            && Files.TryReadLink(p) is null && SandboxShows(p)).ToArray();
        File.WriteAllText(own, authority.Pem);
        File.WriteAllText(all, (systems is [var first, ..] ? File.ReadAllText(first) + "\n" : "") + authority.Pem);
        Files.SetMode(own, EverybodyReads);
        Files.SetMode(all, EverybodyReads);
        return [(all, EgressTrust.BundlePath), (own, EgressTrust.AuthorityPath), .. systems.Select(p => (all, p))];
    }

    // A file that is not there inside has no place to be covered at.
    static bool SandboxShows(string path) => path.StartsWith("/etc/ssl/certs/", StringComparison.Ordinal);
}
