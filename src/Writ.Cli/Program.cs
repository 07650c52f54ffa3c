using System.Runtime.Versioning;
using Writ.Cli.Commands;

[assembly: SupportedOSPlatform("linux")]

// Agents' own commands come first and parse for themselves: a hook has milliseconds.
return args switch
{
    _ => CommandLine.Run(args),
};
