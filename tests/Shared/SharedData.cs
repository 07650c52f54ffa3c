namespace Writ.Testing;

/// <summary>
/// Finds the test data that stands beside the checkout (<c>../shared</c>). It is not part of the product: without it
/// a test is skipped with the reason printed, and fails when <c>CI=true</c>, because there it must be present.
/// </summary>
static class SharedData
{
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    static string? Root { get; } = FindShared();

    /// <summary>The full path of a file or folder under <c>shared</c>; skips (or, on CI, fails) when it is
    /// absent.</summary>
    public static string Require(string relativePath)
    {
        var path = Root is null ? null : Path.Combine(Root, relativePath);
        if (path is not null && (File.Exists(path) || Directory.Exists(path)))
            return path;
        Unavailable($"shared data '{relativePath}' is not beside the checkout");
        throw new InvalidOperationException("unreachable: Unavailable always throws");
    }

    /// <summary>Skips the running test with a reason, or fails it on CI, where everything must be present.</summary>
    public static void Unavailable(string reason)
    {
        Assert.SkipUnless(IsContinuousIntegration, reason);
        Assert.Fail($"{reason}, and CI=true means it must be");
    }

    public static bool IsContinuousIntegration => Environment.GetEnvironmentVariable("CI") == "true";

    static string FindRepositoryRoot()
    {
        for (var dir = new DirectoryInfo(AppContext.BaseDirectory); dir is not null; dir = dir.Parent)
            if (File.Exists(Path.Combine(dir.FullName, "Writ.slnx")))
                return dir.FullName;
        throw new InvalidOperationException("the tests run outside of a checkout of Writ");
    }

    // A worktree or clone may stand deeper than the main checkout, so every parent's sibling is looked at.
    static string? FindShared()
    {
        if (Environment.GetEnvironmentVariable("WRIT_SHARED") is { Length: > 0 } named)
            return named;
        for (var dir = new DirectoryInfo(RepositoryRoot).Parent; dir is not null; dir = dir.Parent)
            if (File.Exists(Path.Combine(dir.FullName, "shared", "DESIGN.md")))
                return Path.Combine(dir.FullName, "shared");
        return null;
    }
}
