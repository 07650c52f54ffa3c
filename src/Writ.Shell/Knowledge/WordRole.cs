namespace Writ.Shell.Knowledge;

/// <summary>What a program does with one of its words. <c>docs/knowledge-base.md</c> says what each means.</summary>
public enum WordRole
{
    /// <summary>It is a program, or a command, that is run.</summary>
    Runs,

    /// <summary>It is code.</summary>
    Code,

    /// <summary>It is a file of code that is run.</summary>
    Script,

    /// <summary>It is a text and nothing else.</summary>
    Text,

    /// <summary>It is a text that is searched for.</summary>
    Pattern,

    /// <summary>It is a pattern of names of files that are looked for.</summary>
    Names,

    /// <summary>It is a file, or a folder, whose content is read.</summary>
    Reads,

    /// <summary>It is a text, or <c>@FILE</c> or <c>NAME=@FILE</c>, which is read.</summary>
    ReadsAt,

    /// <summary>As <see cref="ReadsAt"/>, and <c>NAME@FILE</c>.</summary>
    ReadsNamed,

    /// <summary>It is a file or folder of which only names, sizes and the like are read.</summary>
    Lists,

    /// <summary>It is a file or folder that is made or changed.</summary>
    Writes,

    /// <summary>It is a folder into which files are put whose names are not in the line.</summary>
    Unpacks,

    /// <summary>It is a file of which nothing is left.</summary>
    Empties,

    /// <summary>It is a file that is deleted.</summary>
    Deletes,

    /// <summary>It is a folder that is deleted with everything in it.</summary>
    Purges,

    /// <summary>It is the folder in which the program works.</summary>
    Directory,

    /// <summary>It is an address.</summary>
    Url,

    /// <summary>It is a machine.</summary>
    Host,

    /// <summary>It is <c>HOST:PATH</c> and sent from there, or a file that is read.</summary>
    RemoteReads,

    /// <summary>It is <c>HOST:PATH</c> and sent there, or a file that is written.</summary>
    RemoteWrites,

    /// <summary>As <see cref="RemoteWrites"/>, with files whose names are not in the line.</summary>
    RemoteUnpacks,

    /// <summary>It is a package that is installed.</summary>
    Package,

    /// <summary>It is a revision, or <c>REVISION:PATH</c>.</summary>
    Revision,

    /// <summary>It is a setting of git, as <c>NAME=VALUE</c>.</summary>
    Setting,

    /// <summary>It is statements of SQL.</summary>
    Sql,

    /// <summary>It is a file that is written, or, behind a <c>|</c>, a line of shell.</summary>
    Output,

    /// <summary>It is a saved plan of terraform, and is carried out.</summary>
    Plan,

    /// <summary>It is a secret's name, and the secret is read.</summary>
    Secret,

    /// <summary>It is a process that is signalled.</summary>
    Signals,

    /// <summary>It is a script of sed, which may read, write and run.</summary>
    Sed,

    /// <summary>It is a program of awk, which may read, write and run.</summary>
    Awk,

    /// <summary>It is a filter of jq, which may read the environment.</summary>
    Jq,
}
