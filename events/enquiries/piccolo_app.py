"""The tables of enquiries."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from events.enquiries.tables import (
    Article,
    ArticleVersion,
    ArticleVote,
    Enquiry,
    EnquiryDesk,
    EnquiryMessage,
    EnquiryPass,
    EnquiryRoute,
    EnquiryTopic,
    EnquiryTopicPerson,
)

APP_CONFIG = AppConfig(
    app_name="enquiries",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "enquiries"),
    table_classes=[
        EnquiryDesk,
        EnquiryTopic,
        EnquiryTopicPerson,
        EnquiryRoute,
        Enquiry,
        EnquiryMessage,
        EnquiryPass,
        Article,
        ArticleVersion,
        ArticleVote,
    ],
    migration_dependencies=["events.offices.piccolo_app"],
)
