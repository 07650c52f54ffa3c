namespace Writ.Shell.Knowledge;

/// <summary>The verbs that the roles of words stand for. Data may use every verb of the policies' schema.</summary>
static class KnownVerbs
{
    public const string FsRead = "fs.read";
    public const string FsWrite = "fs.write";
    public const string FsDelete = "fs.delete";
    public const string FsPurge = "fs.purge";
    public const string NetConnect = "net.connect";
    public const string SecretRead = "secret.read";
    public const string PackageInstall = "package.install";
    public const string ProcessSignal = "process.signal";
    public const string CodeRun = "code.run";
    public const string CodeFetch = "code.fetch-exec";
    public const string CodePlant = "code.plant";
    public const string Unknown = "unknown";
}
